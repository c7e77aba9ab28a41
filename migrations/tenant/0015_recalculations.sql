-- Stored formulas of many records that are to be computed anew after commit, because records that they read have changed.
-- While a row is here, the field is said to be calculating.
create table _recalculation (
  id uuid primary key,
  -- Whose formula it is.
  object text not null,
  field text not null,
  -- The references that lead from its records to those that have changed.
  hops text[] not null,
  records uuid[] not null,
  -- The last of its records that is done; null before the first.
  after uuid,
  started_by uuid not null,
  created_at timestamptz not null
);
create index _recalculation_of_object on _recalculation (object);
