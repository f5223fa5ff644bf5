-- Wrong tries at passwords: the moment at which each counter has run empty. Keys are digests; an empty counter is none.
create table throttle (
  key blob primary key,
  empty_at integer not null
) strict, without rowid;
create index throttle_by_end on throttle (empty_at);

-- From where a session was begun, as far as tries are told apart by it: an address, or a /64 of IPv6.
alter table sessions add column place text;
-- Of the sessions from before, those of IPv4; the /64 of the others would have to be worked out.
update sessions set place = ip || '/32' where ip not like '%:%';
create index sessions_by_place on sessions (user_id, place);

-- Who says that they ask for others (X-Forwarded-For) and is not trusted: a proxy that the configuration forgets, likely.
create table untrusted_proxies (
  address text primary key,
  seen_at integer not null
) strict;
