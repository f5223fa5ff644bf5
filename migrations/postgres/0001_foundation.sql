-- The clock of changes: a transaction that changes anyone's powers begins by adding one to it.
create table revision (n bigint not null) with (fillfactor = 10);
insert into revision (n) values (0);

-- What such a transaction changed, for every node to follow; id is the revision.
create table events (
    id         bigint            not null,
    subject    text collate "C"  not null,
    subject_id bigint            not null,
    primary key (id, subject, subject_id)
);
