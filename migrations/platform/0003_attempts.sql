-- How often somebody tried what, for all processes together. After a crash nothing is counted: that costs an attacker's
-- patience a minute, and writing it down safely would cost every sign-in more.
create unlogged table platform.attempt (
  -- SHA-256 of what was tried and of the account or the network address: the table names nobody.
  id         bytea primary key check (octet_length(id) = 32),
  count      integer not null,
  expires_at timestamptz not null
);

create index attempt_expiry on platform.attempt (expires_at);
