"""The second factor: time-based codes (RFC 6238) from an app on one's phone, and recovery codes."""

import hashlib
import secrets
from contextlib import suppress
from datetime import datetime

import pyotp
import sqlalchemy as sa

from igapp import db
from igapp.desk import audit
from igapp.desk.refusal import Refused
from igapp.models import RecoveryCode, TwoFactor, User
from igapp.vault import Unopenable, vault

ISSUER = "igapp"
STEP_SECONDS = 30
"""How long a code lives (RFC 6238)."""
STEPS_OFF = 1
"""A phone's clock may be so many steps off."""
RECOVERY_CODES = 10
"""How many are made at once."""
RECOVERY_LENGTH = 10
"""Characters; 50 bits, which is far beyond guessing at a few tries a minute."""
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"

WRONG = "That code is not right, or was used already. Wait for the next one."


def is_on(user: User) -> bool:
    """Whether the user is asked for a code at sign-in."""
    found = _of(user)
    return found is not None and found.confirmed_at is not None


def begin(user: User) -> str:
    """Make a secret that takes effect once a code confirmed it; returns its otpauth address. Raises Refused."""
    found = _of(user)
    if found is not None and found.confirmed_at is not None:
        raise Refused("Two-factor sign-in is on already.")
    found = found or TwoFactor(user_id=user.id)
    secret = pyotp.random_base32()
    found.secret_sealed, found.last_step = vault().seal(secret), 0
    db.session().add(found)
    db.session().flush()
    return _address(user, secret)


def pending_address(user: User) -> str | None:
    """Return the otpauth address of a secret that waits for its confirmation."""
    found = _of(user)
    secret = _secret(found) if found is not None and found.confirmed_at is None else None
    return _address(user, secret) if secret else None


def secret_of(address: str) -> str:
    """Return the secret in groups of four, for whoever types it into an app."""
    secret = pyotp.parse_uri(address).secret
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def confirm(user: User, code: str, now: datetime) -> list[str]:
    """Turn it on with a first code; returns the recovery codes, which are shown this once. Raises Refused."""
    found = _of(user)
    if found is None or found.confirmed_at is not None or not _takes(found, code, now):
        raise Refused(WRONG)
    found.confirmed_at = now
    audit.record(user, "user.two_factor_on", user.email, now)
    return _new_recovery_codes(user)


def accepts(user: User, code: str, now: datetime) -> bool:
    """Whether a code, or one of the recovery codes, lets the user in; each works once."""
    found = _of(user)
    if found is None or found.confirmed_at is None:
        return False
    return _takes(found, code, now) or _takes_recovery_code(user, code, now)


def renew_recovery_codes(user: User, code: str, now: datetime) -> list[str]:
    """Make new recovery codes in place of the old ones; raises Refused where the code is wrong."""
    if not accepts(user, code, now):
        raise Refused(WRONG)
    audit.record(user, "user.recovery_codes_renewed", user.email, now)
    return _new_recovery_codes(user)


def turn_off(user: User, code: str, now: datetime) -> None:
    """Ask for no more codes; raises Refused where the code is wrong."""
    if not accepts(user, code, now):
        raise Refused(WRONG)
    _remove(user)
    audit.record(user, "user.two_factor_off", user.email, now)


def reset(user: User, by: User, now: datetime) -> None:
    """An administrator turns it off for somebody who lost their device and their recovery codes."""
    if _of(user) is None:
        return
    _remove(user)
    audit.record(by, "user.two_factor_reset", user.email, now)


def seal_again(limit: int = 100) -> None:
    """Seal secrets with the newest key, a few at a time, so that older keys can be taken out."""
    keys = vault()
    for found in db.session().scalars(sa.select(TwoFactor).order_by(TwoFactor.user_id).limit(limit)):
        if not keys.is_newest(found.secret_sealed):
            with suppress(Unopenable):
                found.secret_sealed = keys.seal_again(found.secret_sealed)


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes still work."""
    left = sa.select(sa.func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session().scalar(left) or 0


def users_with_it() -> set[int]:
    """Return who is asked for a code."""
    return set(db.session().scalars(sa.select(TwoFactor.user_id).where(TwoFactor.confirmed_at.is_not(None))))


def _of(user: User) -> TwoFactor | None:
    return db.session().get(TwoFactor, user.id)


def _secret(found: TwoFactor) -> str | None:
    try:
        return vault().open(found.secret_sealed)
    except Unopenable:
        return None


def _address(user: User, secret: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def _takes(found: TwoFactor, code: str, now: datetime) -> bool:
    """Take a code of a step that is later than the last one taken; of two at once one wins."""
    step = _step(_secret(found), code, now)
    if step is None:
        return False
    statement = sa.update(TwoFactor).where(TwoFactor.user_id == found.user_id, TwoFactor.last_step < step)
    return db.change(statement.values(last_step=step)) > 0


def _step(secret: str | None, code: str, now: datetime) -> int | None:
    digits = "".join(code.split())
    if secret is None or not digits.isascii() or not digits.isdigit():
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - STEPS_OFF, current + STEPS_OFF + 1):
        if secrets.compare_digest(pyotp.HOTP(secret).at(step), digits):
            return step
    return None


def _takes_recovery_code(user: User, code: str, now: datetime) -> bool:
    statement = sa.update(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _hash(code), RecoveryCode.used_at.is_(None)
    )
    is_taken = db.change(statement.values(used_at=now)) > 0
    if is_taken:
        audit.record(user, "user.recovery_code_used", user.email, now)
    return is_taken


def _new_recovery_codes(user: User) -> list[str]:
    db.change(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    db.session().add_all(RecoveryCode(user_id=user.id, code_hash=_hash(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _remove(user: User) -> None:
    db.change(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.change(sa.delete(TwoFactor).where(TwoFactor.user_id == user.id))
    db.session().expire_all()


def _hash(code: str) -> str:
    return hashlib.sha256("".join(code.upper().replace("-", "").split()).encode()).hexdigest()
