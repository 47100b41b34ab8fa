-- Two who became managers of Checkout after all copies were given; Camille has opened Tomasz's newest one.
INSERT INTO people_teammembership (id, role, joined_at, organisation_id, team_id, user_id, offers_coaching)
VALUES (
    '01900000000070008000000000000001', 'manager', '2026-11-28 10:00:00',
    (SELECT id FROM people_organisation WHERE slug = 'lantern-goods'),
    (SELECT id FROM people_team WHERE slug = 'checkout'),
    (SELECT id FROM people_user WHERE email = 'owner@demo.example'), FALSE
);
INSERT INTO people_teammembership (id, role, joined_at, organisation_id, team_id, user_id, offers_coaching)
VALUES (
    '01900000000070008000000000000002', 'manager', '2026-11-28 10:00:00',
    (SELECT id FROM people_organisation WHERE slug = 'lantern-goods'),
    (SELECT id FROM people_team WHERE slug = 'checkout'),
    (SELECT id FROM people_user WHERE email = 'other-manager@demo.example'), FALSE
);
INSERT INTO assessments_opening (id, first_at, last_at, times, author_id, organisation_id, source_id, reader_id)
VALUES (
    '01900000000070008000000000000003', '2026-11-29 10:00:00', '2026-11-29 10:00:00', 1,
    (SELECT id FROM people_user WHERE email = 'senior@demo.example'),
    (SELECT id FROM people_organisation WHERE slug = 'lantern-goods'),
    (
        SELECT source_id FROM assessments_share
        WHERE author_id = (SELECT id FROM people_user WHERE email = 'senior@demo.example')
        ORDER BY shared_at DESC LIMIT 1
    ),
    (SELECT id FROM people_user WHERE email = 'other-manager@demo.example')
);
