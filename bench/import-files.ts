/** One import that is measured: a file, what is asked with it, and what must come of it. */
export interface ImportCase {
  readonly name: string
  readonly csv: string
  readonly fields: Readonly<Record<string, string>>
  readonly rows: number
  readonly columns: number
  /** Rows that must be refused, each for itself. */
  readonly refused: number
  /** Whether it is taken back afterwards, and that measured too. */
  readonly isUndone: boolean
}

const STAGES = ['needs_confirmed', 'solution', 'quotation', 'negotiation', 'won', 'invalid']
const SOURCES = ['exhibition', 'website', 'referral', 'cold_call']
const TYPES = ['new', 'expansion', 'renewal']
/** Every hundredth row repeats the unique code of the row before it, so that no chunk is free of refusals. */
const REPEATS = 100

/** The files of the benchmark; the same in every run with the same sizes. */
export function makeImportCases(sizes: {
  rows: number
  accounts: number
  users: number
}): ImportCase[] {
  const few = Math.round(sizes.rows / 4)
  return [
    {
      name: 'create, parents by name and e-mail, five rules',
      csv: opportunities(sizes),
      fields: { object: 'opportunity' },
      rows: sizes.rows,
      columns: 10,
      refused: 0,
      isUndone: true,
    },
    {
      name: 'create, one row in a hundred repeats a unique value',
      csv: products(few, 'first'),
      fields: { object: 'product' },
      rows: few,
      columns: 6,
      refused: Math.floor(few / REPEATS),
      isUndone: false,
    },
    {
      name: 'update, found by a unique field',
      csv: products(few, 'second'),
      fields: { object: 'product', mode: 'update', match_field: 'code' },
      rows: few - Math.floor(few / REPEATS),
      columns: 6,
      refused: 0,
      isUndone: true,
    },
  ]
}

function opportunities({ rows, accounts, users }: Parameters<typeof makeImportCases>[0]): string {
  const header = 'name,account,owner,amount,stage,close_date,source,type,next_step,description'
  const lines = Array.from({ length: rows }, (_, n) =>
    [
      `Deal ${n}`,
      `account ${1 + ((n * 7) % accounts)}`,
      `u${1 + (n % users)}@bench.example`,
      `${1000 + (n % 9000)}.50`,
      picked(STAGES, n),
      `2027-${pad(1 + (n % 12))}-${pad(1 + (n % 28))}`,
      picked(SOURCES, n),
      picked(TYPES, n),
      `"Call them, then visit ${n}"`,
      `需求 ${n}：所有字段都有内容`,
    ].join(','),
  )
  return `${header}\n${lines.join('\n')}\n`
}

function products(rows: number, round: 'first' | 'second'): string {
  const isFirst = round === 'first'
  const lines = Array.from({ length: rows }, (_, n) => {
    const code = isFirst && n % REPEATS === REPEATS - 1 ? n - 1 : n
    const price = (isFirst ? 10 : 20) + (n % 500)
    return `Product ${n},P-${code},${price}.25,pc,${round} text ${n},${n % 2 === 0}`
  }).filter((_, n) => isFirst || n % REPEATS !== REPEATS - 1)
  return `name,code,standard_price,unit,description,is_service\n${lines.join('\n')}\n`
}

const picked = (list: readonly string[], n: number): string => list[n % list.length] ?? ''
const pad = (n: number): string => String(n).padStart(2, '0')
