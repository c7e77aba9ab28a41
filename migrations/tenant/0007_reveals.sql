-- How many masked values each user has asked for on a day (UTC): there is a quota.
create table _reveal_count (
  user_id uuid not null,
  day     date not null,
  count   integer not null check (count > 0),
  primary key (user_id, day)
);
