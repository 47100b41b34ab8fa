"""The heads of columns and the words for roles that a list of people may have, in four languages."""

import re
from enum import StrEnum

from people.models import Membership, TeamMembership
from people.texts import fold


class Column(StrEnum):
    EMAIL = "email"
    NAME = "name"
    FIRST = "first name"
    MIDDLE = "middle name"
    LAST = "last name"
    ROLE = "role"
    TEAM = "team"


_HEADS = {
    Column.EMAIL: """
        email, emails, e-mail address, email addresses, email id, mail, mail address, work email, work email address,
        business email, business email address, company email, primary email, primary email address, user email,
        employee email,
        Mailadresse, E-Mail-Adresse, E-Mail-Adressen, E-Mail-Anschrift, dienstliche E-Mail, dienstliche E-Mail-Adresse,
        geschäftliche E-Mail, geschäftliche E-Mail-Adresse, berufliche E-Mail, Firmen-E-Mail,
        adresse e-mail, adresse mail, adresses e-mail, adresse électronique, adresse de messagerie, courriel,
        adresse courriel, courrier électronique, mél, e-mail professionnel, mail professionnel, courriel professionnel,
        adresse e-mail professionnelle, adresse mail professionnelle,
        correo, correos, correo electrónico, correos electrónicos, correo-e, dirección de correo,
        dirección de correo electrónico, dirección de e-mail, dirección e-mail, email corporativo, correo corporativo,
        correo electrónico corporativo, correo de trabajo, correo del trabajo, correo electrónico del trabajo
    """,
    Column.NAME: """
        name, names, full name, display name, first and last name, name and surname,
        vollständiger Name, ganzer Name, Anzeigename, Vor- und Nachname, Vor- und Zuname, Vorname und Nachname,
        Vorname Nachname, Nachname Vorname, Name Vorname,
        nom, noms, nom complet, nom et prénom, nom et prénoms, nom prénom, prénom et nom, prénom nom, nom affiché,
        nombre, nombre completo, nombre y apellido, nombre y apellidos, nombres y apellidos, apellidos y nombre
    """,
    Column.FIRST: """
        first name, firstname, first names, given name, given names, forename, Vorname, Vornamen, Rufname,
        prénom, prénoms, nombres, nombre de pila, primer nombre
    """,
    Column.MIDDLE: "middle name, middle names, zweiter Vorname, deuxième prénom, segundo nombre",
    Column.LAST: """
        last name, last names, surname, surnames, family name, Nachname, Familienname, Zuname, nom de famille,
        apellido, apellidos, primer apellido, segundo apellido, apellido paterno, apellido materno
    """,
    Column.ROLE: "role, roles, user role, Rolle, Rollen, rôle, rôles, rol",
    Column.TEAM: """
        team, teams, team name, Teamname, équipe, équipes, nom de l’équipe, nom d’équipe, equipo, equipos,
        nombre del equipo
    """,
}
_MEMBER = "member, Mitglied, membre, miembro"
_MANAGER = "manager, team manager, Managerin, Teammanager, Teammanagerin, gestionnaire, gerente"
_ADMIN = """
    admin, administrator, Administratorin, administrateur, administratrice, administrador, administradora
"""
_OWNER = "owner, Inhaber, Inhaberin, Eigentümer, Eigentümerin, propriétaire, propietario, propietaria"
OWNER = "owner"
# What forms write behind a head. Other words in brackets say whose it is: an “E-mail (manager)” is the manager's.
_ASKED = re.compile(
    r"[\[(]\s*(?:required|optional|pflicht|pflichtfeld|freiwillig|obligatoire|facultatif|obligatorio|opcional)\s*[\])]"
)
HEAD_MAX = 80


def key(text: str) -> str:
    """What heads and words are compared by: letters and digits, folded."""
    return re.sub(r"[\W_]+", "", fold(text))


def _keys(words: str) -> set[str]:
    return {key(word) for word in words.split(",")}


_COLUMNS = {name: column for column, words in _HEADS.items() for name in _keys(words)}
ROLES: dict[str, str] = {
    **dict.fromkeys(_keys(_MEMBER), Membership.Role.MEMBER),
    **dict.fromkeys(_keys(_MANAGER), TeamMembership.Role.MANAGER),
    **dict.fromkeys(_keys(_ADMIN), Membership.Role.ADMIN),
    **dict.fromkeys(_keys(_OWNER), OWNER),
}


def column_of(head: str) -> Column | None:
    """What a column holds by its head; None for one that is not known."""
    return _COLUMNS.get(key(_ASKED.sub(" ", head.lower()))) if len(head) <= HEAD_MAX else None


def columns_of(heads: list[str]) -> list[Column | None]:
    """The same for all heads of a table: beside a first name, a “Name” is the last; beside a last name, a “nombre” is
    the first."""
    found = [column_of(head) for head in heads]
    others = {
        "name": Column.LAST if Column.FIRST in found else Column.FIRST if Column.LAST in found else Column.NAME,
        "nom": Column.LAST if Column.FIRST in found else Column.NAME,
        "nombre": Column.FIRST if Column.LAST in found else Column.NAME,
    }
    return [others.get(key(head), column) if column else None for head, column in zip(heads, found, strict=True)]
