import { createHmac, timingSafeEqual } from 'node:crypto'

import fastify, { type FastifyRequest } from 'fastify'
import pg from 'pg'

import { ACCOUNT_SCHEMA, OPPORTUNITY_SCHEMA, pageOf } from './baseline-schemas.ts'
import {
  ACCOUNT_COLUMNS,
  accountOf,
  INSERT_ACCOUNT,
  INSERT_ACCOUNTS,
  LIST_ACCOUNTS,
  LIST_OPPORTUNITIES,
  opportunityOf,
  type Row,
  UPDATE_ACCOUNT,
} from './baseline-sql.ts'

/**
 * What a good programmer writes by hand for these few calls: Fastify with response schemas, pg with prepared
 * statements, a signed token checked on every request. No metadata, no rules, no history.
 */
const { DATABASE_URL = '', PORT = '0', TOKEN_SECRET = '' } = process.env

pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number)
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 })
const app = fastify({ bodyLimit: 10 * 1024 * 1024 })

interface User {
  id: string
  isAdmin: boolean
}
declare module 'fastify' {
  interface FastifyRequest {
    user: User
  }
}
app.decorateRequest('user')

app.addHook('onRequest', async (request, reply) => {
  const user = checkToken(request)
  if (user === undefined) return reply.code(401).send({ title: 'Not signed in' })
  request.user = user
})

function checkToken({ headers }: FastifyRequest): User | undefined {
  const [payload = '', signature = ''] = (headers.authorization ?? '')
    .replace(/^Bearer /, '')
    .split('.')
  const expected = createHmac('sha256', TOKEN_SECRET).update(payload).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const user = JSON.parse(Buffer.from(payload, 'base64url').toString()) as User & { exp: number }
  return user.exp > Date.now() / 1000 ? user : undefined
}

const LIMIT = 50

function cursorOf(rows: Row[]): string | null {
  const last = rows.length > LIMIT ? rows[LIMIT - 1] : undefined
  return last
    ? Buffer.from(JSON.stringify([last['created_at'], last['id']])).toString('base64url')
    : null
}

app.get<{ Params: { id: string } }>(
  '/api/v1/records/account/:id',
  { schema: { response: { 200: ACCOUNT_SCHEMA } } },
  async (request, reply) => {
    const { user, params } = request
    const { rows } = await pool.query<Row>({
      name: 'get_account',
      text: `${ACCOUNT_COLUMNS} where a.id = $1 and a.deleted_at is null and ($2 or a.owner = $3)`,
      values: [params.id, user.isAdmin, user.id],
    })
    const [row] = rows
    if (!row) return reply.code(404).send({ title: 'Not found' })
    return reply.header('etag', `"${String(row['version'])}"`).send(accountOf(row))
  },
)

app.get<{ Querystring: Record<string, string> }>(
  '/api/v1/records/account',
  { schema: { response: { 200: pageOf(ACCOUNT_SCHEMA) } } },
  async ({ user, query }) => {
    const least = query['filter[credit_days][gte]']
    const statement = user.isAdmin ? LIST_ACCOUNTS.all : LIST_ACCOUNTS.own
    const asked =
      least === undefined
        ? { ...statement, values: user.isAdmin ? [] : [user.id] }
        : { ...LIST_ACCOUNTS.filtered, values: [Number(least)] }
    const { rows } = await pool.query<Row>(asked)
    return { records: rows.slice(0, LIMIT).map(accountOf), next_cursor: cursorOf(rows) }
  },
)

app.get(
  '/api/v1/records/opportunity',
  { schema: { response: { 200: pageOf(OPPORTUNITY_SCHEMA) } } },
  async () => {
    const { rows } = await pool.query<Row>(LIST_OPPORTUNITIES)
    return { records: rows.slice(0, LIMIT).map(opportunityOf), next_cursor: cursorOf(rows) }
  },
)

const writable = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string', maxLength: 255 },
    phone: { type: 'string', maxLength: 40 },
    email: { type: 'string', maxLength: 254 },
    industry: { type: 'string' },
    level: { type: 'string' },
    status: { type: 'string' },
    city: { type: 'string' },
    address: { type: 'string' },
    website: { type: 'string' },
    credit_limit: { type: 'number' },
    credit_days: { type: 'integer' },
    founded_date: { type: 'string', format: 'date' },
  },
}

app.post<{ Body: Row }>(
  '/api/v1/records/account',
  { schema: { body: writable, response: { 201: ACCOUNT_SCHEMA } } },
  async ({ user, body }, reply) => {
    const { rows } = await pool.query<Row>({
      ...INSERT_ACCOUNT,
      values: [user.id, JSON.stringify(body)],
    })
    const [row] = rows
    return reply
      .code(201)
      .header('etag', '"1"')
      .header('location', `/api/v1/records/account/${String(row?.['id'])}`)
      .send(accountOf(row ?? {}))
  },
)

app.patch<{ Params: { id: string }; Body: Row }>(
  '/api/v1/records/account/:id',
  { schema: { body: writable, response: { 200: ACCOUNT_SCHEMA } } },
  async ({ user, params, body }, reply) => {
    const { rows } = await pool.query<Row>({
      ...UPDATE_ACCOUNT,
      values: [params.id, user.id, body['phone'], body['city']],
    })
    const [row] = rows
    if (!row) return reply.code(404).send({ title: 'Not found' })
    return reply.header('etag', `"${String(row['version'])}"`).send(accountOf(row))
  },
)

app.post<{ Body: { operations: { record: Row }[] } }>(
  '/api/v1/records/account/batch',
  {
    schema: {
      body: {
        type: 'object',
        properties: {
          operations: {
            type: 'array',
            maxItems: 2000,
            items: { type: 'object', properties: { op: { const: 'create' }, record: writable } },
          },
        },
      },
    },
  },
  async ({ user, body }) => {
    const { rows } = await pool.query<Row>({
      ...INSERT_ACCOUNTS,
      values: [user.id, JSON.stringify(body.operations.map(({ record }) => record))],
    })
    return { results: rows.map(({ id }) => ({ status: 201, id, version: 1 })) }
  },
)

await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.on('SIGTERM', () => void app.close().then(() => pool.end()))
