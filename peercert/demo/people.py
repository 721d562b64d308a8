"""Made-up people of the demo state: names as California writes them, none of a real person."""

import random
from datetime import date, timedelta

from peercert.demo.cast import Member

FIRST = (
    "Alicia", "Andrés", "Angela", "Arturo", "Ayesha", "Beatriz", "Brandon", "Camila", "Carlos", "Chue", "Dalia",
    "Darnell", "Deja", "Elena", "Emiliano", "Fatima", "Gabriel", "Gloria", "Hạnh", "Héctor", "Imani", "Inés", "Isaiah",
    "Jamal", "Jasmine", "Jia", "Joaquín", "José", "Kalani", "Kenji", "Keisha", "Lakshmi", "Latoya", "Lupe", "Mai",
    "Marcus", "Marisol", "Mateo", "Michelle", "Minh", "Monique", "Nadia", "Nia", "Noé", "Nora", "Olga", "Omar", "Pao",
    "Patricia", "Paz", "Priya", "Rafael", "Raúl", "Renée", "Rosa", "Ruth", "Salvador", "Samoana", "Sean", "Sofía",
    "Soua", "Tamika", "Tenzin", "Teresa", "Thảo", "Tomás", "Trinidad", "Tyrone", "Victor", "Wen", "Xóchitl", "Yesenia",
    "Yolanda", "Yuki", "Zainab", "Zoë",
)  # fmt: skip
LAST = (
    "Aguilar", "Alvarez-Ruiz", "Baca", "Bautista", "Begay", "Brown", "Castañeda", "Chávez", "Chen", "Cruz", "D'Angelo",
    "Dang", "Davis", "De la Cruz", "Delgado", "Díaz", "Edwards", "Escobedo", "Espinoza", "Fernández", "Flores", "Gómez",
    "González", "Green", "Guerrero", "Gutiérrez-Vega", "Harris", "Hernández", "Herrera", "Ibáñez", "Jackson", "Jensen",
    "Jiménez", "Johnson", "Khan", "Kim", "Lee", "Lewis", "López", "Lor", "Lozano", "Martínez", "McAllister", "Medina",
    "Mendoza", "Moua", "Muñoz", "Navarro", "Nguyễn", "Nuñez", "O'Brien", "O'Neil", "Ochoa", "Okoye", "Ortega", "Patel",
    "Peña", "Phạm", "Quiñones", "Ramírez", "Reyes", "Robinson", "Rojas", "Salazar", "Sandoval", "Silva", "Singh",
    "Solís", "Tafoya", "Thao", "Torres", "Trần", "Tupou", "Valdez", "Vang", "Vásquez", "Villaseñor", "Walker",
    "Washington", "Williams", "Xiong", "Yang", "Yazzie", "Zamora", "Zúñiga",
)  # fmt: skip
#: Everybody is of age on the first day on which anyone applied.
LAST_BIRTH = date(2004, 5, 1)
CHOSEN = ("Ale", "Chuy", "Dee", "Lucho", "Max", "Nena", "Rey", "Sol", "Ty", "Vee")


def people(count: int, luck: random.Random) -> list[Member]:
    """`count` different people: about three of ten write to us in Spanish."""
    names: dict[tuple[str, str], None] = {}
    while len(names) < count:
        names[(luck.choice(FIRST), luck.choice(LAST))] = None
    return [
        Member(
            key=f"p{number}",
            first=first,
            last=last,
            email=f"person{number}@example.com",
            language="es" if luck.random() < 0.3 else "en",
            born_on=min(date(1955, 1, 1) + timedelta(days=luck.randrange(50 * 365)), LAST_BIRTH),
            chosen=luck.choice(CHOSEN) if luck.random() < 0.15 else "",
        )
        for number, (first, last) in enumerate(names, start=1)
    ]
