/** A row as pg gives it. */
export type Row = Record<string, unknown>

const FIELDS = [
  'id',
  'name',
  'owner',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'version',
  'locked',
  'account_no',
  'address',
  'business_status',
  'city',
  'contract_total',
  'credit_days',
  'credit_limit',
  'description',
  'email',
  'founded_date',
  'industry',
  'last_follow_up',
  'legal_person',
  'level',
  'next_contact_date',
  'open_opportunities',
  'parent',
  'phone',
  'province',
  'received_total',
  'registered_capital',
  'risk_level',
  'size',
  'source',
  'status',
  'type',
  'uscc',
  'website',
  'won_amount',
] as const

const columns = FIELDS.map((name) => `a.${name}`).join(', ')
const names =
  'o.name as owner_name, c.name as created_by_name, u.name as updated_by_name, p.name as parent_name'
const joins = `left join main."user" o on o.id = a.owner left join main."user" c on c.id = a.created_by left join main."user" u on u.id = a.updated_by
  left join main.account p on p.id = a.parent and p.deleted_at is null`

/** Accounts with the names of what they refer to. */
export const ACCOUNT_COLUMNS = `select ${columns}, ${names} from main.account a ${joins}`

const newest = 'order by a.created_at desc, a.id desc limit 51'

// A representative sees their own accounts, and those of their opportunities: the newest of each kind. With `offset`,
// each account of an opportunity is looked up by its id; a join would read all accounts.
const mine = `with mine as (
  (select id, created_at from main.account where owner = $1 and deleted_at is null order by created_at desc, id desc limit 51)
  union
  (select p.id, p.created_at from (select distinct account from main.opportunity where owner = $1 and deleted_at is null) d
    cross join lateral (select id, created_at from main.account where id = d.account and deleted_at is null offset 0) p
    order by p.created_at desc, p.id desc limit 51))`
const isMine = `p.owner = $1 or exists (select from main.opportunity d where d.account = p.id and d.owner = $1 and d.deleted_at is null)`

/** The pages of accounts. */
export const LIST_ACCOUNTS = {
  all: { name: 'list_accounts', text: `${ACCOUNT_COLUMNS} where a.deleted_at is null ${newest}` },
  own: {
    name: 'list_own_accounts',
    text: `${mine} ${ACCOUNT_COLUMNS.replace('p.name as', `case when ${isMine} then p.name end as`)}
      where a.id in (select id from mine order by created_at desc, id desc limit 51) ${newest}`,
  },
  filtered: {
    name: 'list_filtered_accounts',
    text: `${ACCOUNT_COLUMNS} where a.deleted_at is null and a.credit_days >= $1 ${newest}`,
  },
} as const

/** The newest opportunities with some of their accounts. */
export const LIST_OPPORTUNITIES = {
  name: 'list_opportunities',
  text: `select d.id, d.name, d.version, d.amount, d.stage, d.close_date, d.created_at, a.id as account, a.name as account_name, a.industry, a.level, o.id as owner, o.name as owner_name, o.email
    from main.opportunity d left join main.account a on a.id = d.account and a.deleted_at is null left join main."user" o on o.id = a.owner
    where d.deleted_at is null order by d.created_at desc, d.id desc limit 51`,
} as const

const recordset = `json_to_recordset($2::json) as r (name text, phone text, email text, industry text, level text, status text, city text, address text, website text, credit_limit numeric,
  credit_days bigint, founded_date date)`
const insert = (
  source: string,
): string => `insert into main.account (id, owner, created_at, created_by, updated_at, updated_by, version, locked, type, account_no, name, phone, email, industry, level,
  status, city, address, website, credit_limit, credit_days, founded_date)
  select gen_random_uuid(), $1::uuid, now(), $1::uuid, now(), $1::uuid, 1, false, 'customer', 'B' || gen_random_uuid(), r.name, r.phone, r.email, r.industry, r.level, r.status, r.city, r.address,
    r.website, r.credit_limit, r.credit_days, r.founded_date from ${source} returning *`

/** Makes one account of a JSON object, and reads it with its names. */
export const INSERT_ACCOUNT = {
  name: 'insert_account',
  text: `with a as (${insert(recordset.replace('json_to_recordset', 'json_to_record'))}) select ${columns}, ${names} from a ${joins}`,
} as const

/** Makes accounts of a JSON array. */
export const INSERT_ACCOUNTS = {
  name: 'insert_accounts',
  text: `with a as (${insert(recordset)}) select id from a`,
} as const

/** Changes an account, and reads it with its names. */
export const UPDATE_ACCOUNT = {
  name: 'update_account',
  text: `with a as (update main.account set phone = $3, city = $4, version = version + 1, updated_at = now(), updated_by = $2::uuid
    where id = $1 and deleted_at is null returning *) select ${columns}, ${names} from a ${joins}`,
} as const

function reference(id: unknown, name: unknown): Row | null {
  return id === null ? null : { id, name }
}

/** An account as it is answered. */
export function accountOf(row: Row): Row {
  return {
    ...row,
    owner: reference(row['owner'], row['owner_name']),
    created_by: reference(row['created_by'], row['created_by_name']),
    updated_by: reference(row['updated_by'], row['updated_by_name']),
    parent: reference(row['parent'], row['parent_name']),
  }
}

/** An opportunity as it is answered. */
export function opportunityOf({ id, name, version, amount, stage, close_date, ...row }: Row): Row {
  const {
    account,
    account_name: accountName,
    industry,
    level,
    owner,
    owner_name: ownerName,
    email,
  } = row
  return {
    id,
    name,
    version,
    amount,
    stage,
    close_date,
    account:
      account === null
        ? null
        : {
            id: account,
            name: accountName,
            industry,
            level,
            owner: owner === null ? null : { id: owner, name: ownerName, email },
          },
  }
}
