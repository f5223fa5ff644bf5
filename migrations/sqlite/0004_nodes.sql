-- The nodes that serve this database; each writes its beat here. On SQLite nobody does: whoever can read the file reads
-- what is there.
create table nodes (
  id integer primary key,
  began_at integer not null,
  beat_at integer not null
) strict;

-- Raised by a restore; the sessions of an earlier one are over.
create table epoch (n integer not null) strict;
insert into epoch (n) values (0);
alter table sessions add column epoch integer not null default 0;

-- By this a node knows whether the key that it was given is the one that everything here is sealed with.
create table sealing_key (
  id integer primary key check (id = 1),
  check_value blob not null,
  known_since integer not null
) strict;
