-- The answers to requests that carried an Idempotency-Key, so that a repeat answers the same.

create table _idempotency (
  user_id      uuid not null,
  key          text not null check (length(key) between 1 and 255),
  -- SHA-256 of method, address and body: the same key for another request is refused.
  request_hash bytea not null check (octet_length(request_hash) = 32),
  -- Names the attempt that is at work; who lost the claim cannot commit any more.
  claim        uuid not null,
  claimed_at   timestamptz not null default now(),
  -- Set in the transaction of the work itself: what was committed is never carried out again.
  committed_at timestamptz,
  -- The answer; null until there is one. The body is sealed: it may hold a key that is shown once.
  status       smallint,
  headers      jsonb,
  body         bytea,
  created_at   timestamptz not null default now(),
  primary key (user_id, key)
);

create index _idempotency_age on _idempotency (created_at);
