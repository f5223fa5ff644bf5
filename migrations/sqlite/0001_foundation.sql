-- The clock of changes: a transaction that changes anyone's powers begins by adding one to it.
create table revision (n integer not null) strict;
insert into revision (n) values (0);

-- What such a transaction changed, for every node to follow; id is the revision.
create table events (
    id         integer not null,
    subject    text    not null,
    subject_id integer not null,
    primary key (id, subject, subject_id)
) strict, without rowid;

-- The schema that is served, over time: which coordinates there are, since when.
create table schema_revisions (
  id integer primary key,
  digest blob not null,
  made_at integer not null
) strict;

create table coordinates (
  source text not null,
  coordinate text not null,
  named_type text not null,
  first_seen_revision integer not null references schema_revisions (id),
  gone_revision integer references schema_revisions (id),
  first_seen_at integer not null,
  -- When an administrator opened it to grants from before; null: they do not reach it.
  accepted_at integer,
  primary key (source, coordinate)
) strict;

-- Users are disabled, never deleted. What people write is kept a second time in the folded form that it is searched and
-- sorted by, here and elsewhere.
create table users (
  id integer primary key,
  username text not null,
  folded_username text not null,
  name text not null,
  folded_name text not null,
  public_name text not null,
  folded_public_name text not null,
  email_address text,
  folded_email_address text,
  enabled integer not null default 1,
  super_admin_since integer,
  session_generation integer not null default 0,
  external_id text unique,
  created_at integer not null,
  updated_at integer not null,
  last_seen_at integer
) strict;

-- User names and email addresses are one namespace: nobody can take another's address as a name.
create table user_names (
  folded text primary key,
  user_id integer not null references users (id)
) strict;
create index user_names_of_user on user_names (user_id);

create table credentials_password (
  user_id integer primary key references users (id),
  hash text not null,
  set_at integer not null
) strict;

-- Roles and sessions can go: `autoincrement`, so that no later one gets the number of one that has gone.
create table roles (
  id integer primary key autoincrement,
  name text not null,
  folded_name text not null unique,
  description text,
  folded_description text,
  upstream_name text unique,
  built_in integer not null default 0,
  follow_new_fields integer not null default 0,
  created_at integer not null,
  updated_at integer not null
) strict;

create table role_grants (
  role_id integer not null references roles (id),
  position integer not null,
  permission text not null,
  as_of_revision integer not null,
  primary key (role_id, position)
) strict;

create table user_roles (
  user_id integer not null references users (id),
  role_id integer not null references roles (id),
  assigned_at integer not null,
  primary key (user_id, role_id)
) strict;
create index user_roles_of_role on user_roles (role_id);

create table sessions (
  id integer primary key autoincrement,
  user_id integer not null references users (id),
  created_at integer not null,
  proved_at integer not null,
  generation integer not null,
  last_used_at integer,
  ip text,
  agent text,
  ended_at integer
) strict;
create index sessions_of_user on sessions (user_id);

create table access_tokens (
  hash blob primary key,
  session_id integer not null references sessions (id),
  expires_at integer not null
) strict;
create index access_tokens_by_expiry on access_tokens (expires_at);
create index access_tokens_of_session on access_tokens (session_id);

create table refresh_tokens (
  hash blob primary key,
  session_id integer not null references sessions (id),
  used_at integer not null,
  expires_at integer not null
) strict;
create index refresh_tokens_of_session on refresh_tokens (session_id);
create index refresh_tokens_by_expiry on refresh_tokens (expires_at);

-- Tokens are revoked, never deleted.
create table personal_access_tokens (
  id integer primary key,
  user_id integer not null references users (id),
  parent_id integer references personal_access_tokens (id),
  hash blob not null unique,
  previous_hash blob unique,
  previous_until integer,
  hint text not null,
  name text not null,
  folded_name text not null,
  description text,
  folded_description text,
  read_only integer not null,
  narrowed integer not null,
  held_to_documents integer not null,
  ip_ranges text,
  created_at integer not null,
  confirmed_at integer not null,
  lifetime_seconds integer not null,
  expires_at integer not null,
  last_used_at integer,
  last_used_ip text,
  last_used_agent text,
  revoked_at integer,
  revoke_reason text,
  compromised integer not null default 0
) strict;
create index personal_access_tokens_of_user on personal_access_tokens (user_id);
create index personal_access_tokens_of_parent on personal_access_tokens (parent_id);

create table token_grants (
  token_id integer not null references personal_access_tokens (id),
  position integer not null,
  permission text not null,
  as_of_revision integer not null,
  primary key (token_id, position)
) strict;

-- The only documents that a token may run, in the form in which documents are compared.
create table token_documents (
  token_id integer not null references personal_access_tokens (id),
  position integer not null,
  document text not null,
  hash blob not null,
  primary key (token_id, position)
) strict;

-- The one link by which the first administrator is made.
create table set_up_link (
  id integer primary key check (id = 1),
  hash blob not null,
  expires_at integer not null
) strict;

-- Names are copied in, so that a row still reads when what it names is gone.
create table audit_events (
  id integer primary key,
  at integer not null,
  action text not null,
  actor text not null,
  folded_actor text not null,
  actor_user_id integer,
  credential text not null,
  credential_token_id integer,
  subject text,
  folded_subject text,
  subject_type text,
  subject_id integer,
  ip text,
  request_id text,
  details text
) strict;
