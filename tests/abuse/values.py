"""What somebody may send who means it badly, or whose client is broken: values, header lines and bodies."""

import random

LONG = 10_000
TEXTS = (
    *("", " ", "\t", "\n", "\0", "a\0b", "\x7f", "\x01\x02\x1b[31m", "\r\nSet-Cookie: a=b", "a" * 300, "ä" * LONG),
    *("x" * 32 + "\n", "0" * 64 + "\n", "pm\n", "on\n", "1\n", "\ufeff", "\u202eabc", "\u200b", "\u2028", "\ufffe"),
    *("\U0010ffff", "👩‍👩‍👧‍👦" * 50, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A" * 30, "ﷺ" * 200, "İ" * 120, "ß" * 120, "ŉ" * 120, "①"),
    *("१२३", "Ⅷ", "½", "'", '"', "' OR 1=1 --", "%", "_", "%s", "%(a)s", "{0}", "{{7*7}}", "{% now %}", "${7*7}", "\\"),
    *("\\u0000", "../../etc/passwd", "<script>alert(1)</script>", "javascript:alert(1)", "=1+1", "[](" * 500),
    *("(" * 3000, "*" * 3000, "> " * 2000, "//elsewhere.example", "https://elsewhere.example/", "http://["),
    *("http://[::1", "https://a:b:c", "//\\", "mailto:a@b", "a@b", "a@b.example", "a" * 250 + "@b.example"),
    *('"a b"@b.example', "a@[127.0.0.1]", "a@b.example\n", "ä@ö.example", "None", "null", "undefined", "true", "False"),
    *("[]", "{}", "NaN", "inf", "nan", "Infinity"),
)
NUMBERS = (
    *("0", "-0", "-1", "1", "2", "5", "6", "3.5", "1e3", "1e999", "+1", " 1 ", "1_000", "0x10", "٣", "²", "32767"),
    *("32768", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807", "9223372036854775808"),
    *("-9223372036854775809", "1" * 100, "9" * 4301, "1" * LONG, "-" + "9" * 400),
)
DATES = (
    *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-13-01", "-2026-01-01", "2026-1-1"),
    *("01/02/2026", "2026-01-01T00:00", "2026-01-01T00:00:00Z", "infinity", "-infinity", "today", "1900-01-01"),
    *("20260101", "2026-01-01\n", "2026-01-01\0", "２０２６-01-01", "2026-W01-1"),
)
IDS = (
    *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{not-a-uuid}", "urn:uuid:1"),
    *("01900000-0000-7000-8000-000000000001", "01900000000070008000000000000001", "0" * 31, "0" * 33, "g" * 36),
    *("{01900000-0000-7000-8000-000000000001}", "no-such-slug", "-", "_", "pm", "strategy", "a" * 61, "a" * 2000),
)
VALUES = TEXTS + NUMBERS + DATES + IDS

# Bytes that are no UTF-8, and some that are and should not be: overlong, surrogates, past the end of Unicode.
BYTES = (
    *(b"\xff", b"\xc3", b"\xc3\x28", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xc0\x80", b"\xf8\x88\x80\x80\x80"),
    *(b"\xf4\x90\x80\x80", b"\x00", b"\xfe\xff\x00a", b"%", b"%zz", b"%u0041", b"%00", b"%c3", b"%ed%a0%80"),
    *(b"%2e%2e%2f", b"%0d%0aA:b", b"+", b";"),
)
METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get")
# Parameters that some page reads out of the address; a page takes no offence at those of others.
PARAMETERS = (
    *("q", "page", "at", "target", "level", "title", "with", "view", "sort", "report", "only", "competency", "next"),
    *("step-strategy", "step-delivery", "chosen", "track", "need", "seniority", "area", "scheme", "filter", "process"),
)
HEADERS = (
    ("HTTP_HX_REQUEST", ("true", "false", "1", "")),
    ("HTTP_HX_BOOSTED", ("true", "x")),
    ("HTTP_HX_HISTORY_RESTORE_REQUEST", ("true", "x")),
    ("HTTP_HX_TARGET", ("answer", "\xff", "a" * 3000)),
    ("HTTP_HX_TRIGGER", ("x", "%ff%00", "<b>")),
    ("HTTP_HX_PROMPT", ("%u", "\xff")),
    (
        "HTTP_HX_CURRENT_URL",
        ("http://[", "", "http://testserver/plan/", "javascript:1", "//x", "http://testserver/%ff%00", "\xff\xfe"),
    ),
    ("HTTP_HX_CURRENT_URL_URI_AUTOENCODED", ("true", "x")),
    ("HTTP_HX_TRIGGERING_EVENT", ("{", "null", "[1]", "x", "%7B%22a%22%3A", "1" * 5000)),
    ("HTTP_TRIGGERING_EVENT", ("{", "null", "[" * 3000)),
    ("HTTP_IF_NONE_MATCH", ("*", '"', 'W/"x"', "," * 2000, "\xff")),
    ("HTTP_IF_MATCH", ("*", '"x"', "\xff")),
    ("HTTP_IF_MODIFIED_SINCE", ("yesterday", "Thu, 99 Foo 9999 99:99:99 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "0")),
    ("HTTP_IF_UNMODIFIED_SINCE", ("Thu, 01 Jan 0001 00:00:00 GMT", "x")),
    ("HTTP_RANGE", ("bytes=0-0", "bytes=-1", "bytes=9999999999-", "bytes=a-b", "lines=1", "bytes=0-1,2-3," * 500)),
    ("HTTP_ACCEPT_LANGUAGE", ("", "*", "xx-" * 300, "en;q=nan", "de;q=1e999,en;q=-1", "\xff", "a" * 600, "zz,,;;q=")),
    ("HTTP_ACCEPT", ("", "*/*;q=x", "application/json", "text/html;charset=\xff", "/", ";", "," * 500)),
    ("HTTP_ACCEPT_ENCODING", ("gzip;q=nan", "\xff", "br, gzip, zz")),
    ("HTTP_HOST", ("testserver:99999", "testserver:", "[", "evil.example", "testserver\xff", "TESTSERVER", "a" * 300)),
    ("HTTP_ORIGIN", ("null", "http://[", "https://evil.example", "\xff", "http://testserver:x")),
    ("HTTP_REFERER", ("http://[", "", "\xff", "http://testserver:x/", "javascript:alert(1)")),
    ("HTTP_SEC_FETCH_SITE", ("cross-site", "same-origin", "x")),
    ("HTTP_SEC_PURPOSE", ("prefetch;prerender", "\xff")),
    ("HTTP_X_FORWARDED_FOR", ("", "1.2.3.4, x", "::1", "999.1.1.1", "," * 500, "\xff", "a" * 5000)),
    ("HTTP_X_FORWARDED_PROTO", ("https", "x")),
    ("HTTP_X_REQUESTED_WITH", ("XMLHttpRequest",)),
    ("HTTP_X_HTTP_METHOD_OVERRIDE", ("DELETE",)),
    ("HTTP_X_REQUEST_ID", ("\xff", "a" * 5000, "../x")),
    ("HTTP_AUTHORIZATION", ("Basic x", "Bearer \xff", "Digest")),
    ("HTTP_CONTENT_ENCODING", ("gzip", "x")),
    ("HTTP_TRANSFER_ENCODING", ("chunked",)),
    ("HTTP_EXPECT", ("100-continue",)),
    ("HTTP_USER_AGENT", ("", "\xff", "a" * 5000)),
    ("CONTENT_LENGTH", ("", "0", "-1", "x", "5", "99999999999999999999")),
    ("REMOTE_ADDR", ("", "::1", "fe80::1%eth0", "x")),
)
COOKIES = (
    *("sessionid=x", "sessionid=", "sessionid=" + "a" * 32, "sessionid=" + "a" * 5000, "sessionid=\xff"),
    *("sessionid=a; sessionid=b", "csrftoken=x", "csrftoken=" + "ä" * 32, "messages=x", "messages=W10:1:abc"),
    *("messages=\xff", "scheme=x", "scheme=\xff\xfe", "link=x:y:z", "link=\xff", ";;;", "=", "a", "=b; c", 'a="'),
    *("__Host-session=x", "django_language=xx", "a=" + "b" * 9000, "; ".join(f"c{number}=1" for number in range(400))),
)
CONTENT_TYPES = (
    *("", "application/json", "text/plain", "text/html", "application/octet-stream", "application/xml", "x", "/"),
    *("\xff", "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=utf-16"),
    *("application/x-www-form-urlencoded; charset=nonsense", "application/x-www-form-urlencoded; charset=\xff"),
    *("application/x-www-form-urlencoded; charset=base64", "application/json; charset=rot13", "multipart/form-data"),
    *("multipart/form-data; boundary=", "multipart/form-data; boundary=\xff", "multipart/mixed; boundary=a"),
    *("multipart/form-data; boundary=" + "a" * 300, 'multipart/form-data; boundary="'),
    "multipart/form-data; boundary=a; charset=zz",
)
BODIES = (
    *(b"", b"\0", b"\xff\xfe", b"{", b"[]", b"null", b'{"a": 1e999}', b"[" * 5000, b"&", b"=&=&=", b"&" * 5000, b"a=%"),
    *(b"a=%ff", b"--a\r\n", b"--a--\r\n", b"--a\r\n\r\n\r\n--a--", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"%PDF"),
    *(b"a" * 1_100_000, b"&".join(b"a%d=1" % number for number in range(300)), b"text=" + b"%00" * 50_000),
)


def pick(chance: random.Random, kind: str = "") -> str:
    """One bad value; the kind of field it is for makes those of its own kind likelier."""
    own = {"number": NUMBERS, "date": DATES, "id": IDS}.get(kind)
    if own and chance.random() < 0.6:
        return chance.choice(own)
    if chance.random() < 0.1:
        return "".join(chr(_letter(chance)) for _ in range(chance.choice((1, 5, 40, 200))))
    return chance.choice(VALUES)


def _letter(chance: random.Random) -> int:
    """Any character there is, but for surrogates, which no UTF-8 holds."""
    point = chance.choice((chance.randrange(0x20), chance.randrange(0x250), chance.randrange(0x110000)))
    return point if not 0xD800 <= point <= 0xDFFF else 0xFFFD
