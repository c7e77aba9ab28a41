-- The host names by which people reach a tenant, where a process serves several.
create table platform.tenant_host (
  host   text primary key check (host ~ '^[a-z0-9.-]{1,253}$'),
  tenant text not null references platform.tenant on update cascade on delete cascade
);

create index tenant_host_of_tenant on platform.tenant_host (tenant);
