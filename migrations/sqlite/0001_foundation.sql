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
