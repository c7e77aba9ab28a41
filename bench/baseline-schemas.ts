type Schema = Readonly<Record<string, unknown>>

const nullable = (type: string): Schema => ({ type: [type, 'null'] })
const text = nullable('string')
const number = nullable('number')
const reference = (more: Record<string, Schema> = {}): Schema => ({
  anyOf: [
    { type: 'object', properties: { id: { type: 'string' }, name: text, ...more } },
    { type: 'null' },
  ],
})
const moment = { type: 'string', format: 'date-time' }

/** An account as it is answered. */
export const ACCOUNT_SCHEMA: Schema = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    owner: reference(),
    created_at: moment,
    created_by: reference(),
    updated_at: moment,
    updated_by: reference(),
    version: number,
    locked: { type: 'boolean' },
    account_no: text,
    address: text,
    business_status: text,
    city: text,
    contract_total: number,
    credit_days: number,
    credit_limit: number,
    description: text,
    email: text,
    founded_date: text,
    industry: text,
    last_follow_up: { anyOf: [moment, { type: 'null' }] },
    legal_person: text,
    level: text,
    next_contact_date: text,
    open_opportunities: number,
    parent: reference(),
    phone: text,
    province: text,
    received_total: number,
    registered_capital: number,
    risk_level: text,
    size: text,
    source: text,
    status: text,
    type: text,
    uscc: text,
    website: text,
    won_amount: number,
  },
}

/** An opportunity with some of its account, as it is answered. */
export const OPPORTUNITY_SCHEMA: Schema = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    version: number,
    amount: number,
    stage: text,
    close_date: text,
    account: reference({ industry: text, level: text, owner: reference({ email: text }) }),
  },
}

/** A page of such records. */
export function pageOf(record: Schema): Schema {
  return {
    type: 'object',
    properties: { records: { type: 'array', items: record }, next_cursor: text },
  }
}
