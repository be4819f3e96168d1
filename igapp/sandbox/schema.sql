-- What the stand-in remembers. Times are milliseconds of the platform's clock, ids are text.
CREATE TABLE IF NOT EXISTS accounts (
  user_id TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL, picture TEXT NOT NULL, followers INTEGER NOT NULL,
  self_igsid TEXT NOT NULL, subscribed_fields TEXT NOT NULL DEFAULT '[]');

CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL,
  issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  permissions TEXT NOT NULL, is_revoked INTEGER NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, account TEXT NOT NULL, redirect_uri TEXT NOT NULL,
  permissions TEXT NOT NULL, expires_at INTEGER NOT NULL, is_used INTEGER NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS people (
  person TEXT PRIMARY KEY, name TEXT, username TEXT NOT NULL UNIQUE,
  is_verified INTEGER NOT NULL DEFAULT 0, is_private INTEGER NOT NULL DEFAULT 0,
  followers INTEGER NOT NULL DEFAULT 0, picture TEXT);

CREATE TABLE IF NOT EXISTS identities (
  account TEXT NOT NULL, person TEXT NOT NULL, igsid TEXT NOT NULL UNIQUE,
  commenter_id TEXT NOT NULL, follows_us INTEGER NOT NULL DEFAULT 0,
  we_follow INTEGER NOT NULL DEFAULT 0, has_blocked_us INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, person));
CREATE INDEX IF NOT EXISTS identities_commenter ON identities (commenter_id);

CREATE TABLE IF NOT EXISTS messages (
  mid TEXT PRIMARY KEY, account TEXT NOT NULL, igsid TEXT NOT NULL,
  direction TEXT NOT NULL, via TEXT NOT NULL, at INTEGER NOT NULL, text TEXT,
  attachments TEXT NOT NULL DEFAULT '[]', extras TEXT NOT NULL DEFAULT '{}',
  reactions TEXT NOT NULL DEFAULT '{}', tag TEXT, comment_id TEXT,
  edits INTEGER NOT NULL DEFAULT 0, is_deleted INTEGER NOT NULL DEFAULT 0, read_at INTEGER);
CREATE INDEX IF NOT EXISTS messages_thread ON messages (account, igsid, at);
CREATE INDEX IF NOT EXISTS messages_account ON messages (account, at);

CREATE TABLE IF NOT EXISTS posts (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, product_type TEXT NOT NULL,
  media_type TEXT NOT NULL, caption TEXT NOT NULL, permalink TEXT NOT NULL,
  at INTEGER NOT NULL, ad TEXT NOT NULL DEFAULT '{}', is_live INTEGER NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS comments (
  id TEXT PRIMARY KEY, account TEXT NOT NULL, post TEXT NOT NULL, parent_id TEXT,
  author_id TEXT NOT NULL, username TEXT NOT NULL, person TEXT, text TEXT NOT NULL,
  at INTEGER NOT NULL, is_hidden INTEGER NOT NULL DEFAULT 0,
  is_deleted INTEGER NOT NULL DEFAULT 0, private_reply_mid TEXT);
CREATE INDEX IF NOT EXISTS comments_post ON comments (post, at);
CREATE INDEX IF NOT EXISTS comments_parent ON comments (parent_id, at);

CREATE TABLE IF NOT EXISTS assets (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, signature TEXT NOT NULL, content_type TEXT,
  body BLOB, is_story INTEGER NOT NULL DEFAULT 0, is_gone INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER);

CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, created_at REAL NOT NULL, body BLOB NOT NULL,
  events INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL,
  status INTEGER, ms REAL, answered_at REAL);
CREATE TABLE IF NOT EXISTS delivery_refs (ref TEXT NOT NULL, delivery INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS delivery_refs_ref ON delivery_refs (ref);

CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, query TEXT NOT NULL, body TEXT NOT NULL, status INTEGER,
  answer TEXT NOT NULL DEFAULT '', ms REAL, account TEXT);
