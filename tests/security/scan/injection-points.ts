/** Somebody who sends a request: an administrator, a salesperson, nobody in particular. */
export type Caller = 'admin' | 'rep' | 'stranger'

/** A request in which one place, marked by `*`, is given everything that sqlmap knows. */
export interface InjectionPoint {
  /** What is attacked, such as `list: value of a filter`. */
  readonly name: string
  readonly as: Caller
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** With the mark, where it is in the address; everything else is percent-encoded. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Asked in a quick scan too. */
  readonly isQuick?: boolean
  /** Each request is dear: only the first level of tests. */
  readonly isDear?: boolean
  /** A name in the address: every sign of an attack is percent-encoded, else `=` and `&` would cut it off. */
  readonly isName?: boolean
}

/** What is there to be asked for. */
export interface KnownRecords {
  readonly account: string
  readonly owner: string
  readonly accountNumber: string
  readonly version: number
  readonly quote: string
  /** A cursor of the accounts sorted by name. */
  readonly cursor: string
  /** An import with faults. */
  readonly importJob: string
}

type Rest = Pick<InjectionPoint, 'isQuick' | 'isDear' | 'isName' | 'headers'>
const QUICK: Rest = { isQuick: true }
const ACCOUNTS = '/api/v1/records/account'
const JSON_BODY = { 'content-type': 'application/json' }

const get = (name: string, path: string, rest: Rest = {}): InjectionPoint => ({
  name,
  as: 'admin',
  method: 'GET',
  path,
  ...rest,
})

const send = (
  name: string,
  path: string,
  body: unknown,
  { headers, ...rest }: Rest & { method?: 'PUT' | 'PATCH' } = {},
): InjectionPoint => ({
  name,
  as: 'admin',
  method: 'POST',
  path,
  body: JSON.stringify(body),
  headers: { ...JSON_BODY, ...headers },
  ...rest,
})

const encoded = (value: unknown): string => encodeURIComponent(JSON.stringify(value))

function listPoints({ owner, cursor }: KnownRecords): InjectionPoint[] {
  const list = (name: string, query: string, rest?: Rest): InjectionPoint =>
    get(`list: ${name}`, `${ACCOUNTS}?limit=3&${query}`, rest)
  return [
    list('value of a filter', 'filter[name]=a*', QUICK),
    list('value of a filter by a part', 'filter[name][contains]=a*'),
    list('number in a filter', 'filter[credit_limit][gte]=1000*'),
    list('days in a filter', 'filter[created_at]=last_n_days:30*'),
    list('choice in a filter', 'filter[level][in]=A,B*'),
    list('id in a filter', `filter[owner]=${owner}*`),
    list('path of a filter', 'filter[owner.name*][contains]=a', { isName: true }),
    list('name of a filtered field', 'filter[name*]=a', { isName: true, isQuick: true }),
    list('operator of a filter', 'filter[name][contains*]=a', { isName: true }),
    list('condition', `where=${encoded({ '==': [{ var: 'name' }, 'a*'] })}`),
    list('sort', 'sort=-name*', QUICK),
    list('select', 'select=name,level*'),
    list('words', 'q=a*', QUICK),
    list('view', 'view=key_accounts*'),
    list('count', 'count=exact*'),
    list('cursor', `sort=name&cursor=${cursor}*`),
    get('list: page', `${ACCOUNTS}?limit=3*`),
    get('list: object', '/api/v1/records/account*?limit=3'),
  ]
}

function queryPoints(): InjectionPoint[] {
  const query = (name: string, body: object, rest?: Rest): InjectionPoint =>
    send(`query: ${name}`, `${ACCOUNTS}/query`, { limit: 3, ...body }, rest)
  return [
    query('value', { where: { '==': [{ var: 'name' }, 'a*'] } }, QUICK),
    query('field', { where: { '==': [{ var: 'name*' }, 'a'] } }),
    query('operator', { where: { '==*': [{ var: 'name' }, 'a'] } }),
    query('list of values', { where: { in: [{ var: 'level' }, ['A', 'B*']] } }),
    query('part of a text', { where: { contains: [{ var: 'name' }, 'a*'] } }),
    query('sorted field', { sort: [{ field: 'name*', direction: 'asc' }] }),
    query('direction', { sort: [{ field: 'name', direction: 'asc*' }] }),
    query('select', { select: ['name', 'owner.name*'] }),
    query('words', { q: 'a*' }),
    query('related records', {
      where: { some: [{ var: 'contacts' }, { '==': [{ var: 'name' }, 'a*'] }] },
    }),
  ]
}

function aggregatePoints(): InjectionPoint[] {
  const measures = [{ fn: 'count', as: 'n' }]
  const aggregate = (name: string, body: object, rest?: Rest): InjectionPoint =>
    send(`aggregate: ${name}`, `${ACCOUNTS}/aggregate`, { measures, ...body }, rest)
  return [
    aggregate('group', { group_by: ['level*'] }, QUICK),
    aggregate('bucket', { group_by: [{ field: 'created_at', bucket: 'month*' }] }),
    aggregate('name of a group', { group_by: [{ field: 'level', as: 'x*' }] }),
    aggregate('function', { measures: [{ fn: 'sum*', field: 'credit_limit', as: 'm' }] }),
    aggregate('measured field', { measures: [{ fn: 'sum', field: 'credit_limit*', as: 'm' }] }),
    aggregate('name of a measure', { measures: [{ fn: 'count', as: 'n*' }] }),
    aggregate('having', {
      group_by: ['level'],
      having: { '>': [{ var: 'n*' }, 1] },
    }),
    aggregate('value in having', {
      group_by: ['level'],
      having: { '==': [{ var: 'level' }, 'A*'] },
    }),
    aggregate('condition', { where: { '==': [{ var: 'city' }, 'a*'] } }),
    aggregate('sort', { group_by: ['level'], sort: ['n*'] }),
  ]
}

function recordPoints(known: KnownRecords): InjectionPoint[] {
  const { account, accountNumber, owner, quote } = known
  const lead = (more: object): object => ({
    name: 'Scan',
    company: 'Scan',
    mobile: '13800138000',
    source: 'website',
    ...more,
  })
  return [
    get('record: id', `${ACCOUNTS}/${account}*`, QUICK),
    get('record: select', `${ACCOUNTS}/${account}?select=name*`),
    get('record: overview', `${ACCOUNTS}/${account}*/overview`),
    get('record: relationship', `${ACCOUNTS}/${account}/related/contacts*`),
    get('record: sort of a related list', `${ACCOUNTS}/${account}/related/contacts?sort=name*`),
    get('record: timeline', `${ACCOUNTS}/${account}/timeline?limit=5*`),
    get('record: history', `${ACCOUNTS}/${account}/history?limit=5*`),
    get('record: at a past moment', `${ACCOUNTS}/${account}/as-of?at=2026-01-01T00:00:00Z*`),
    get('record: recycle bin', `${ACCOUNTS}/bin?limit=5*`),
    get('record: printout', `/api/v1/records/quote/${quote}/print/quote_print*`),
    send('record: merge', `${ACCOUNTS}/${account}/merge`, { merge: [{ id: `${owner}*` }] }),
    get('record: why', `${ACCOUNTS}/${account}/access?user=${owner}*`),
    send(
      'record: created value',
      '/api/v1/records/lead?allow_duplicates=true',
      lead({ name: 'Scan*' }),
    ),
    send('record: key of a reference', '/api/v1/records/contact?allow_duplicates=true', {
      name: 'Scan',
      mobile: '13800138000',
      account: { account_no: `${accountNumber}*` },
    }),
    send('record: changed value', `${ACCOUNTS}/${account}`, { city: 'a*' }, { method: 'PATCH' }),
    send(
      'record: value of a key',
      `${ACCOUNTS}/by/account_no/${accountNumber}*`,
      { city: 'a' },
      PUT,
    ),
    send('record: preview', '/api/v1/records/lead/preview', lead({ company: 'a*' })),
    send('record: batch', '/api/v1/records/lead/batch', {
      operations: [{ op: 'update', id: `${account}*`, record: { name: 'a' } }],
    }),
    send('record: transfer', '/api/v1/records/account/actions/transfer', {
      ids: [account],
      owner: `${owner}*`,
    }),
  ]
}

const PUT = { method: 'PUT' } as const

function otherPoints({ importJob, owner, quote }: KnownRecords): InjectionPoint[] {
  return [
    get('search: words', '/api/v1/search?q=ab*', QUICK),
    get('search: objects', '/api/v1/search?q=ab&objects=account*'),
    exportPoint('export: object', { object: 'account*' }),
    exportPoint('export: column', { columns: ['name', 'city*'] }),
    exportPoint('export: value of a condition', {
      where: { contains: [{ var: 'name' }, '不会有的名字*'] },
    }),
    exportPoint('export: order', { sort: ['name*'] }),
    exportPoint('export: kind of file', { format: 'xlsx*' }),
    get('export: faults of an import', `/api/v1/imports/${importJob}*/errors`),
    get('export: package', '/api/v1/meta/package', {
      isDear: true,
      headers: { 'accept-language': 'en-US*' },
    }),
    get('metadata: object', '/api/v1/meta/objects/account*'),
    get('metadata: kind', '/api/v1/meta/list_view*', { isDear: true }),
    get('metadata: name', '/api/v1/meta/list_view/account.all*', { isDear: true }),
    get('metadata: where used', '/api/v1/meta/where-used/field/account.name*', { isDear: true }),
    get('audit: actor', `/api/v1/audit?limit=3&actor=${owner}*`),
    get('audit: action', '/api/v1/audit?limit=3&action=sign_in*'),
    get('audit: object', '/api/v1/audit?limit=3&object=account*'),
    get('approvals: box', '/api/v1/approvals?box=to_do*'),
    send('approvals: record', '/api/v1/approvals/preview', {
      object: 'quote',
      record: `${quote}*`,
    }),
    importPoint('import: object', { object: 'account*' }),
    importPoint('import: mapping', { mapping: '{"name":"name*"}' }),
    importPoint('import: key', { mode: 'upsert', match_field: 'account_no*' }, KEYED),
    importPoint('import: cell', {}, 'name,city\r\nScan,a*\r\n'),
    importPoint('import: header', {}, 'name,city*\r\nScan,a\r\n'),
  ]
}

function exportPoint(name: string, body: object): InjectionPoint {
  const few = { '==': [{ var: 'name' }, 'Scan'] }
  return send(name, '/api/v1/exports', { object: 'account', where: few, ...body }, { isDear: true })
}

const KEYED = 'account_no,city\r\nA-1,a\r\n'

function importPoint(
  name: string,
  fields: Readonly<Record<string, string>>,
  csv = 'name,city\r\nScan,a\r\n',
): InjectionPoint {
  const boundary = '----scan'
  const disposition = (more: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${more}\r\n`
  const parts = Object.entries({ object: 'account', dry_run: 'true', ...fields }).map(
    ([field, value]) => `${disposition(`name="${field}"`)}\r\n${value}\r\n`,
  )
  const file = `${disposition('name="file"; filename="rows.csv"')}Content-Type: text/csv\r\n\r\n${csv}\r\n`
  return {
    name,
    as: 'admin',
    method: 'POST',
    path: '/api/v1/imports',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: `${parts.join('')}${file}--${boundary}--\r\n`,
    isDear: true,
  }
}

function headerPoints({ account, version }: KnownRecords): InjectionPoint[] {
  const header = (name: string, value: string, rest: Rest = {}): InjectionPoint =>
    get(`header: ${name}`, `${ACCOUNTS}?limit=1`, { ...rest, headers: { [name]: value } })
  return [
    header('accept-language', 'en-US*', QUICK),
    header('time-zone', 'UTC*'),
    header('if-none-match', '"1*"'),
    header('x-forwarded-for', '127.0.0.1*'),
    header('x-request-id', 'a*'),
    send(
      'header: if-match',
      `${ACCOUNTS}/${account}`,
      { city: 'a' },
      { ...PATCH, headers: { 'if-match': `"${version}*"` } },
    ),
    send(
      'header: idempotency-key',
      '/api/v1/records/lead/preview',
      { name: 'Scan', company: 'Scan' },
      { headers: { 'idempotency-key': 'scan*' } },
    ),
    send(
      'header: prefer',
      `${ACCOUNTS}/${account}`,
      { city: 'a' },
      { ...PATCH, headers: { prefer: 'return=minimal*' } },
    ),
    {
      ...get('header: cookie', '/api/v1/me', { headers: { cookie: 'trellis_session=a*' } }),
      as: 'stranger',
    },
    {
      ...get('header: authorization', '/api/v1/me', { headers: { authorization: 'Bearer a*' } }),
      as: 'stranger',
    },
    {
      ...send('sign-in: e-mail', '/api/v1/auth/login', {
        email: 'nobody@example.com*',
        password: 'x',
      }),
      as: 'stranger',
      isDear: true,
    },
  ]
}

const PATCH = { method: 'PATCH' } as const

/** Those places that a salesperson reaches, whose statements hold the conditions of their rights. */
const ALSO_AS_REP =
  /^(list: (value of a filter$|words|sort|path)|query: (value|related)|aggregate: (group|condition)|record: id|search: words)/

/** Every place that is attacked. */
export function injectionPoints(known: KnownRecords): InjectionPoint[] {
  const all = [
    ...listPoints(known),
    ...queryPoints(),
    ...aggregatePoints(),
    ...recordPoints(known),
    ...otherPoints(known),
    ...headerPoints(known),
  ]
  const asRep = all
    .filter(({ name }) => ALSO_AS_REP.test(name))
    .map((point): InjectionPoint => ({ ...point, as: 'rep' }))
  return [...all, ...asRep]
}
