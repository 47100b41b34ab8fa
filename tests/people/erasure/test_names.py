"""Names and addresses of somebody who left, found in what others wrote."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.erasure.names import Names

JONAS = Names.of("Jonas Lindqvist", ["jonas@xn--mnchen-3ya.example", "r@demo.example"])
FOUND = [
    (JONAS, "I met Lindqvists team and asked Jonasille.", "I met X team and asked X."),
    (JONAS, "jonas  LINDQVIST\nsaid", "X\nsaid"),
    (JONAS, "Jonas\u200b Lind\u00adqvist", "X"),
    (JONAS, "我和Jonas谈了", "我和X谈了"),
    (JONAS, "(jonas@münchen.example), Jonas@XN--MNCHEN-3YA.example.", "(X), X."),
    (JONAS, "*r@demo.example*, mailto:R@demo.example 请r@demo.example谢", "*X*, mailto:X 请X谢"),
    (Names.of("王小明", []), "我和王小明谈了；王小明的计划", "我和X谈了；X的计划"),
    (Names.of("王小明", []), "王大明", "王大明"),
    (Names.of("山田 太郎", []), "山田太郎さんと太郎", "XさんとX"),
    (Names.of("김철수", []), "김철수가 말했다", "X가 말했다"),
    (Names.of("สมชาย ใจดี", []), "เจอสมชายวันนี้", "เจอXวันนี้"),
    (Names.of("Zieliński", []), "Zielin\u0301ski i Zielińskiego, Zielinski", "X i X, X"),
    (Names.of("Özgür Çelik", []), "O\u0308zgu\u0308r, ÖZGÜR ÇELİK, Ozgur", "X, X, X"),
    (Names.of("Анна Иванова", []), "Ивановой и Анны", "X и X"),
    (Names.of("أحمد", []), "قال لأحمد", "قال X"),
    (Names.of("Camilla O'Brien", []), "Camilli, O’Briens", "X, X"),
    (Names.of("Anna von der Berg", []), "der Plan von Berg", "der Plan von X"),
    # Not these: other words, other people, other addresses.
    (
        Names.of("Will Ann", []),
        "I will announce it: Annual goals, Willing",
        "I will announce it: Annual goals, Willing",
    ),
    (JONAS, "owner@demo.example, senior.r@demo.example, r@demo.example.com", None),
    (JONAS, "jonas@munchen.example r@demo", None),
    (Names.of("", ["it@xn--mcro-lza.example"]), "it@micro.example", None),
    (Names.of("", []), "anything", None),
    (Names.of("Al", []), "Al met al and Als", "X met al and Als"),
]


@pytest.mark.parametrize(("names", "text", "left"), FOUND)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_taken_out(names: Names, text: str, left: str | None, form: str) -> None:
    typed = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    expected = unicodedata.normalize(form, text if left is None else left)  # type: ignore[arg-type]
    assert names.out_of({"text": [typed]}, "X") == {"text": [expected]}


@given(st.text(max_size=40), st.text(max_size=60), st.text(max_size=60))
def test_a_text_without_the_name_stays_and_one_with_it_loses_it(name: str, before: str, after: str) -> None:
    names = Names.of(name, ["a@b.example"])
    assert "a@b.example" not in names.out_of(f"{before} a@b.example {after}", "–")
    names.out_of(f"{before}{name}{after}", "–")
