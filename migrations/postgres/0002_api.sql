-- Each revision is of one schema: Doorward's own, or that of the API behind.
alter table schema_revisions add column source text collate "C" not null default 'own';

-- The API behind, as this database last saw it: its schema is used when it is away. `sdl` is null until it was seen.
create table api_schema (
  id bigint primary key check (id = 1),
  sdl text collate "C",
  -- Whether a server stands before it: the command line settles grants by that.
  behind bigint not null,
  seen_at bigint
);
