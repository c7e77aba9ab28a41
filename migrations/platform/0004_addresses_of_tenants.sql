-- The same person signs in to several tenants, such as an environment to test in, with the same address.
drop index platform.sign_in_email;
create unique index sign_in_email on platform.sign_in (tenant, lower(email));

alter table platform.linked_identity drop constraint linked_identity_pkey;
alter table platform.linked_identity add primary key (tenant, issuer, subject);
