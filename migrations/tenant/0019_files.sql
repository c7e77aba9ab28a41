-- Uploaded files; their bytes lie in the file store under the id.
create table _file (
  id uuid primary key,
  name text not null,
  size bigint not null,
  -- The media type that the bytes have, whatever the upload said.
  type text not null,
  -- Of a picture, in pixels.
  width integer,
  height integer,
  sha256 bytea not null,
  uploaded_by uuid not null,
  uploaded_at timestamptz not null,
  -- The value that it is; all null until a record is saved with it, and then for good.
  object text,
  record uuid,
  field text,
  -- When it was uploaded, or last put into its record.
  touched_at timestamptz not null,
  -- Its bytes are gone: the record has another file now, or none. The name stays for the history.
  swept_at timestamptz,
  check ((object is null) = (record is null) and (object is null) = (field is null))
);
create index _file_loose on _file (uploaded_by) where record is null;
create index _file_of_field on _file (object, field) where record is not null and swept_at is null;
