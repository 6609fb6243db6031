"""Clean tables, made by code from a seed: what a damaged file ought to be read as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

SEED = 20
GIVEN = {
    "western": [
        "José",
        "Zoë",
        "François",
        "Jürgen",
        "Søren",
        "Inês",
        "Łucja",
        "Beyoncé",
        "Anne",
        "Tom",
        "Noël",
        "Åsa",
    ],
    "latin": [
        "José",
        "Zoë",
        "François",
        "Jürgen",
        "Søren",
        "Inês",
        "André",
        "Chloë",
        "Anne",
        "Tom",
        "Noël",
        "Åsa",
    ],
    "cyrillic": [
        "Иван",
        "Мария",
        "Пётр",
        "Ольга",
        "Сергей",
        "Анна",
        "Юрий",
        "Елена",
        "Дмитрий",
        "Наталья",
    ],
    "simplified": ["王伟", "李娜", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄丽", "周杰", "吴霞"],
    "traditional": ["陳怡君", "林志明", "黃淑芬", "張家豪", "李雅婷", "王建國", "吳美玲", "劉德華"],
    "japanese": ["佐藤太郎", "鈴木花子", "高橋さくら", "田中ケンジ", "伊藤美咲", "渡辺ゆい"],
    "korean": ["김민준", "이서연", "박지훈", "최수아", "정예준", "강하은", "조도윤", "윤지우"],
}
PLACES = {
    "western": ["Köln", "Málaga", "Besançon", "Århus", "Łódź", "London"],
    "latin": ["Köln", "Málaga", "Besançon", "Århus", "Genève", "London"],
    "cyrillic": ["Москва", "Казань", "Омск", "Тверь", "Пермь", "Самара"],
    "simplified": ["北京", "上海", "广州", "深圳", "成都", "西安"],
    "traditional": ["臺北", "高雄", "臺中", "臺南", "新竹", "嘉義"],
    "japanese": ["東京", "大阪", "京都", "札幌", "なごや", "横浜"],
    "korean": ["서울", "부산", "대구", "인천", "광주", "대전"],
}
REMARKS = {
    "western": [
        "payé à l\u2019échéance",
        "zurückgestellt",
        "añadido después",
        "ordinary",
        "naïve déjà vu",
    ],
    "latin": ["payé à temps", "zurückgestellt bis März", "añadido después", "ordinary", "déjà vu"],
    "cyrillic": ["оплачено вовремя", "отложено до марта", "новый клиент", "без замечаний"],
    "simplified": ["已按时付款", "推迟到三月", "新客户", "没有意见", "需要再次联系"],
    "traditional": ["已準時付款", "延後到三月", "新客戶", "沒有意見", "需要再次聯絡"],
    "japanese": ["期日どおりに支払い済み", "三月まで延期", "新しいお客様", "特になし"],
    "korean": ["제때 지불됨", "삼월까지 연기", "새 고객", "의견 없음", "다시 연락 필요"],
}


@dataclass(frozen=True)
class Clean:
    """A table as it should be read.

    Parameters
    ----------
    name : str
    header : tuple of str
    records : tuple of tuple of str
        The text of each cell, row by row.
    """

    name: str
    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]

    def has(self, signs: str) -> bool:
        """Tell whether any cell, a name included, holds one of these signs."""
        cells = (cell for row in (self.header, *self.records) for cell in row)
        return any(sign in cell for cell in cells for sign in signs)


def people(script: str, rows: int) -> Clean:
    """Return persons whose names, places and remarks are written in a script."""
    draw = Random(f"{SEED} people {script} {rows}")
    given = GIVEN[script] if script != "all" else [n for names in GIVEN.values() for n in names]
    places = PLACES[script] if script != "all" else [n for names in PLACES.values() for n in names]
    remarks = REMARKS["western" if script == "all" else script]
    records = tuple(
        (
            str(1000 + i),
            draw.choice(given),
            draw.choice(places),
            f"user{i}@example.org",
            str(draw.randint(18, 90)),
            draw.choice(remarks) if draw.random() < 0.8 else "",
        )
        for i in range(rows)
    )
    header = ("person_id", "name", "city", "email", "age", "remark")
    return Clean(f"people_{script}", header, records)


def orders(rows: int = 300) -> Clean:
    """Return orders: decimals, dates, an amount in thousands, and cells that are empty."""
    draw = Random(f"{SEED} orders")
    start = date(2023, 1, 2)
    records = tuple(
        (
            f"A{10_000 + i}",
            (start + timedelta(days=draw.randint(0, 700))).isoformat(),
            str(draw.randint(1, 40)),
            f"{draw.uniform(1, 400):.2f}",
            f"{draw.uniform(1000, 90_000):.2f}",
            draw.choice(["EUR", "USD", "CHF"]),
            draw.choice(["", "express", "gift wrap", "second attempt"]),
            draw.choice(["true", "false"]),
        )
        for i in range(rows)
    )
    header = ("order", "date", "quantity", "price", "turnover", "currency", "note", "paid")
    return Clean("orders", header, records)


def sensors(rows: int = 400) -> Clean:
    """Return readings: no blank and no empty cell, negative numbers, times."""
    draw = Random(f"{SEED} sensors")
    start = datetime(2024, 3, 1)
    records = tuple(
        (
            (start + timedelta(minutes=10 * i)).strftime("%Y-%m-%dT%H:%M:%S"),
            f"s{draw.randint(1, 12):02d}",
            f"{draw.gauss(11, 9):.3f}",
            f"{draw.uniform(20, 95):.1f}",
            draw.choice(["ok", "ok", "ok", "low", "fault"]),
        )
        for i in range(rows)
    )
    return Clean("sensors", ("time", "sensor", "temperature", "humidity", "status"), records)


def texts(rows: int = 80) -> Clean:
    """Return texts with commas, quotes, semicolons and line breaks inside."""
    draw = Random(f"{SEED} texts")
    phrases = (
        "Well, it works",
        'she said "no" and left',
        "first line\nsecond line",
        "price; see below",
        'a "quoted, comma" inside',
        "it's the user's own",
        "nothing special here",
        "three\nlines, and\na comma",
        "tabs are rare",
        "either/or | both",
    )
    records = tuple(
        (
            str(i + 1),
            draw.choice(phrases) + f" ({i})",
            draw.choice(["good", "bad", "mixed"]),
            draw.choice(["Anna", "Ben, the elder", "Chloë", "O'Neil"]),
            f"{draw.uniform(0, 5):.1f}",
        )
        for i in range(rows)
    )
    return Clean("texts", ("id", "text", "label", "author", "stars"), records)


def codes(rows: int = 150) -> Clean:
    """Return codes whose form is what they are: leading zeros, NA, signs."""
    draw = Random(f"{SEED} codes")
    records = tuple(
        (
            f"{draw.randint(1, 99_999):05d}",
            draw.choice(["NA", "DE", "FR", "ZA", "NULL"]),
            f"00{draw.randint(100, 999)}",
            f"+49{draw.randint(10**6, 10**7)}",
            f"{draw.randint(1, 12)}E{draw.randint(1, 9)}",
            draw.choice(["1.50", "2.0", "3.10", "007"]),
        )
        for _ in range(rows)
    )
    return Clean("codes", ("zip", "country", "branch", "phone", "gate", "version"), records)


def wide(rows: int = 30, columns: int = 40) -> Clean:
    """Return a table with more columns than rows."""
    draw = Random(f"{SEED} wide")
    header = ("site", *(f"m{j:02d}" for j in range(1, columns)))
    records = tuple(
        (f"site-{i}", *(f"{draw.gauss(0, 1):.4f}" for _ in range(1, columns))) for i in range(rows)
    )
    return Clean("wide", header, records)


def narrow(rows: int = 120) -> Clean:
    """Return two columns: the fewest in which a delimiter shows."""
    draw = Random(f"{SEED} narrow")
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]
    records = tuple((f"{draw.choice(words)}{i}", str(draw.randint(0, 999))) for i in range(rows))
    return Clean("narrow", ("key", "value"), records)


def tiny() -> Clean:
    """Return three rows."""
    records = (
        ("Oslo", "2019-05-04", "12.5", "north"),
        ("Rome", "2020-11-30", "21.0", "south"),
        ("Bern", "2021-02-17", "9.8", "middle"),
    )
    return Clean("tiny", ("town", "day", "degrees", "part"), records)


MAKERS: dict[str, Callable[[], Clean]] = {
    "people": lambda: people("all", 200),
    "orders": orders,
    "sensors": sensors,
    "texts": texts,
    "codes": codes,
    "wide": wide,
    "narrow": narrow,
    "tiny": tiny,
    **{
        script: (lambda script=script: people(script, 120))  # type: ignore[misc]
        for script in GIVEN
        if script != "western"
    },
}
"""The clean tables by name; those called by a script are for the encodings that can write it."""
