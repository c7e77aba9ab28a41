-- A second step at signing in, sign-ins elsewhere, and tokens that are good for once.

-- What its owner calls a session when they end it from another device: the id itself is a secret's hash.
alter table platform.session
  add column handle uuid not null default gen_random_uuid() unique,
  -- Whether more than a password was asked for when it began.
  add column had_second_step boolean not null default false,
  -- Whether a provider of sign-ins vouched for them; then their password here plays no part.
  add column began_elsewhere boolean not null default false;

create table platform.second_factor (
  tenant       text not null references platform.tenant on update cascade,
  user_id      uuid not null,
  -- The secret of the authenticator, sealed with the key of the installation.
  secret       bytea not null,
  -- Null until its owner has shown that their authenticator works.
  confirmed_at timestamptz,
  -- The 30 seconds of the last code that was taken: no code is taken twice.
  last_step    bigint not null default 0,
  created_at   timestamptz not null default now(),
  primary key (tenant, user_id)
);

create table platform.recovery_code (
  tenant    text not null,
  user_id   uuid not null,
  -- SHA-256 of the code.
  code_hash bytea not null check (octet_length(code_hash) = 32),
  used_at   timestamptz,
  primary key (tenant, user_id, code_hash),
  foreign key (tenant, user_id) references platform.second_factor on delete cascade on update cascade
);

-- Who a user is at a provider of sign-ins: its own name for them, which no change of address touches.
create table platform.linked_identity (
  issuer     text not null,
  subject    text not null,
  tenant     text not null references platform.tenant on update cascade,
  user_id    uuid not null,
  created_at timestamptz not null default now(),
  primary key (issuer, subject),
  unique (issuer, tenant, user_id)
);

create table platform.one_time_token (
  -- SHA-256 of the token.
  id         bytea primary key check (octet_length(id) = 32),
  purpose    text not null,
  tenant     text references platform.tenant on update cascade,
  user_id    uuid,
  content    jsonb not null default '{}',
  expires_at timestamptz not null
);

create index one_time_token_of_user on platform.one_time_token (tenant, user_id);
create index one_time_token_expiry on platform.one_time_token (expires_at);
