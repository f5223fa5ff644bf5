-- Forms of the console that make something once: their numbers, when they were sent. They go with their session.
create table sent_forms (
  session_id bigint not null references sessions (id),
  nonce bytea not null,
  primary key (session_id, nonce)
);

-- Browsers that users signed in with: guesses from elsewhere keep nobody out of them. One secret for each browser.
create table known_browsers (
  hash bytea not null,
  user_id bigint not null references users (id),
  seen_at bigint not null,
  primary key (hash, user_id)
);
create index known_browsers_by_time on known_browsers (seen_at);

-- Links by which users set their own password: one for each user, gone when it was used.
create table password_links (
  hash bytea primary key,
  user_id bigint not null unique references users (id),
  made_by bigint not null references users (id),
  expires_at bigint not null
);
