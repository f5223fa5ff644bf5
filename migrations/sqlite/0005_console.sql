-- Forms of the console that make something once: their numbers, when they were sent. They go with their session.
create table sent_forms (
  session_id integer not null references sessions (id),
  nonce blob not null,
  primary key (session_id, nonce)
) strict, without rowid;
