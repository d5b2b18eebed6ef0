"""Times as SMPP writes them (SMPP 3.4 §7.1.1), and the dates in receipts as the world writes them.
The present is an argument; no clock is read.
"""

from datetime import UTC, datetime, timedelta, tzinfo

_LENGTH = 16
_QUARTER = timedelta(minutes=15)
_WIDEST_OFFSET = 48
_LONGEST_RELATIVE = 32 * 86_400


class BadTimeError(ValueError):
    """Not a time of SMPP 3.4 §7.1.1: ESME_RINVSCHED or ESME_RINVEXPIRY, by the field it stood in."""


def parse_time(text: str, now: datetime) -> datetime | None:
    """The moment, in UTC, that `YYMMDDhhmmsstnnp` means; None for the empty string.

    A relative time (p is R) counts from `now`: years and months by the calendar, and its parts may exceed what
    a clock shows ("24 hours"), as peers write them. Raises BadTimeError.
    """
    if not text:
        return None
    digits, sign = text[:-1], text[-1]
    if len(text) != _LENGTH or not digits.isdecimal() or not digits.isascii():
        raise BadTimeError(f"{text!r} is not YYMMDDhhmmsstnnp")
    years, months, days, hours, minutes, seconds = (int(digits[i : i + 2]) for i in range(0, 12, 2))
    tenths, quarters = int(digits[12]), int(digits[13:15])
    try:
        if sign == "R":
            later = _add_months(now.astimezone(UTC), years * 12 + months)
            return later + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if sign not in ("+", "-") or quarters > _WIDEST_OFFSET:
            raise BadTimeError(f"{text!r} has a bad offset from UTC")
        local = datetime(2000 + years, months, days, hours, minutes, seconds, tenths * 100_000, tzinfo=UTC)
        return local - quarters * _QUARTER if sign == "+" else local + quarters * _QUARTER
    except (ValueError, OverflowError) as bad:
        raise BadTimeError(f"{text!r} is no moment: {bad}") from None


def format_absolute(moment: datetime) -> str:
    """`moment` (which must know its offset) in UTC, to the tenth of a second. Raises BadTimeError."""
    if moment.tzinfo is None:
        raise BadTimeError("a moment without an offset from UTC")
    utc = moment.astimezone(UTC)
    if not 2000 <= utc.year <= 2099:
        raise BadTimeError(f"the year {utc.year} has no two digits in SMPP")
    return f"{utc:%y%m%d%H%M%S}{utc.microsecond // 100_000}00+"


def format_relative(seconds: int) -> str:
    """So many seconds from now, 0 to 31 days and 23:59:59; more needs months, whose length is not fixed.

    Raises BadTimeError.
    """
    if not 0 <= seconds < _LONGEST_RELATIVE:
        raise BadTimeError(f"{seconds} seconds cannot be said in days: use the absolute form")
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{day:02}{hour:02}{minute:02}{second:02}000R"


def parse_receipt_date(text: str, zone: tzinfo = UTC) -> datetime | None:
    """The moment that a receipt's date means; None where it is empty, zeros or nothing that could be one.

    Ten digits (YYMMDDhhmm, SMPP 3.4 Appendix B), twelve (with seconds, or with a four-digit year), fourteen, the
    16 characters of SMPP 3.4 §7.1.1, ISO 8601 and its like. `zone` is where a date without an offset was written.
    """
    stripped = text.strip()
    if len(stripped) == _LENGTH and stripped[-1] in "+-":
        try:
            return parse_time(stripped, _EPOCH)
        except BadTimeError:
            return None
    if stripped.isdecimal() and stripped.isascii():
        return _from_digits(stripped, zone)
    try:
        moment = datetime.fromisoformat(stripped.replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def format_receipt_date(moment: datetime, digits: int) -> str:
    """A receipt's date of 10, 12 or 14 digits, in the moment's own zone."""
    return moment.strftime({10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}[digits])


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _from_digits(digits: str, zone: tzinfo) -> datetime | None:
    century = "20" + digits
    # Twelve digits are read with seconds first: years 20 to 29 fit both ways, and this one is far commoner.
    candidates = {10: (century,), 12: (century, digits), 14: (digits,)}.get(len(digits), ())
    for candidate in candidates:
        parts = [int(candidate[:4]), *(int(candidate[i : i + 2]) for i in range(4, len(candidate), 2))]
        try:
            return datetime(*parts, tzinfo=zone)  # type: ignore[misc, arg-type]
        except ValueError:
            continue
    return None


def _add_months(moment: datetime, months: int) -> datetime:
    """The same day so many months on, or the last day of that month where it is shorter."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise OverflowError(f"the year {year}")
