"""The search indexes, as statements: FTS5 tables kept by triggers on SQLite, GIN on Postgres.

Frozen like the migrations that use it: a change is a new function.
"""

POSTGRES = (
    "CREATE INDEX search_items ON items USING gin (to_tsvector('simple', coalesce(text, '')))",
    (
        "CREATE INDEX search_customers ON customers USING gin"
        " (to_tsvector('simple', coalesce(name, '') || ' ' || coalesce(username, '')))"
    ),
)

BEGINNING = "normalize(left({}, 20000), NFKD)"
"""A tsvector holds a mebibyte at most, and letters of some scripts become eighteen."""
ACCENTS, SIGNS = r"[\u0300-\u036f]+", r"[!-/:-@\[-`{-~]+"
"""Accents go, and signs become spaces: Postgres would take "ana.lopez" or "a-b/c" for one word, a host or a path."""
WORDS = {
    "search_items_words": ("items", "coalesce(text, '')"),
    "search_customers_words": ("customers", "coalesce(name, '') || ' ' || coalesce(username, '')"),
}
"""Postgres' indexes over words, in the place of the first ones."""
FIRST = ("search_items", "search_customers")


def words(name: str) -> str:
    """Return what makes one of the indexes over words, without locking its table."""
    table, text = WORDS[name]
    parted = f"regexp_replace(regexp_replace({BEGINNING.format(text)}, '{ACCENTS}', '', 'g'), '{SIGNS}', ' ', 'g')"
    return f"CREATE INDEX CONCURRENTLY {name} ON {table} USING gin (to_tsvector('simple', {parted}))"


def first(name: str) -> str:
    """Return what makes one of the indexes of the first tables again, without locking its table."""
    (made,) = (statement for statement in POSTGRES if f" {name} " in statement)
    return made.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY")


def statements(dialect: str) -> tuple[str, ...]:
    """Return what makes the indexes of the first tables."""
    return (
        POSTGRES
        if dialect == "postgresql"
        else _sqlite("items", ("text",)) + _sqlite("customers", ("name", "username"))
    )


def _sqlite(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    names = ", ".join(columns)
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("old", "new"))
    forget = f"INSERT INTO {table}_search ({table}_search, rowid, {names}) VALUES ('delete', old.id, {old})"  # noqa: S608 - our own names
    learn = f"INSERT INTO {table}_search (rowid, {names}) VALUES (new.id, {new})"  # noqa: S608 - our own names
    options = f"{names}, content='{table}', content_rowid='id', tokenize='unicode61 remove_diacritics 2'"
    return (
        f"CREATE VIRTUAL TABLE {table}_search USING fts5({options})",
        f"CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN {learn}; END",
        f"CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN {forget}; END",
        f"CREATE TRIGGER {table}_search_update AFTER UPDATE OF {names} ON {table} BEGIN {forget}; {learn}; END",
    )
