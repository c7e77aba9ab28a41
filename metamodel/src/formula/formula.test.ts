import { readFileSync } from 'node:fs'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { describeWithSharedData, sharedDataPath } from '../../../tests/support/index.ts'
import {
  checkFormula,
  completeFormula,
  evaluatorOf,
  type Expression,
  type ExpressionScope,
  type ExpressionType,
  FORMULA_FUNCTIONS,
  functionNamed,
  isOperatorName,
  normalExpression,
  type OperatorName,
  OPERATORS,
  outcomeOf,
  type Parameter,
  parseFormula,
  printFormula,
  resolveExpression,
  settleFormula,
} from '../index.ts'

const FIELDS: Readonly<Record<string, ExpressionType>> = {
  amount: 'number',
  budget: 'number',
  name: 'text',
  stage: 'text',
  active: 'boolean',
  closes: 'date',
  starts: 'date',
  made: 'datetime',
  seen: 'datetime',
  opens: 'time',
  tags: 'list',
  address: 'structure',
  secret: 'sealed',
  photo: 'file',
  owner: 'id',
  or: 'number',
  account: 'id',
  project__c: 'id',
  'account.industry': 'text',
  'account.annual_revenue': 'number',
  'project__c.name': 'text',
  '$user.id': 'id',
  '$user.email': 'text',
}

const SCOPE: ExpressionScope = {
  saving: true,
  field: (path) => {
    const type = Object.hasOwn(FIELDS, path) ? FIELDS[path] : undefined
    if (type === undefined) return undefined
    return path === 'stage' ? { type, values: ['open', 'won'] } : { type }
  },
  relationship: (name) => (name === 'contacts' ? CONTACTS : undefined),
  fieldNames: (parent) =>
    Object.keys(FIELDS).filter((path) =>
      parent === undefined ? !path.includes('.') : path.startsWith(`${parent}.`),
    ),
}
const CONTACTS: ExpressionScope = {
  saving: false,
  field: (path) => (path === 'email' ? { type: 'text' } : undefined),
}

function expressionOf(text: string): Expression {
  const { expression, problems } = checkFormula(text, SCOPE)
  if (expression === undefined) throw new Error(JSON.stringify(problems))
  return expression
}

/** Problems as `code from-to`. */
function problemsOf(text: string): string[] {
  return checkFormula(text, SCOPE).problems.map(({ code, from, to }) => `${code} ${from}-${to}`)
}

const v = (name: string): Expression => ({ var: name })

describe('a formula', () => {
  it.each<[string, Expression]>([
    ['amount * 10%', { '*': [v('amount'), 0.1] }],
    ['= amount + 1 - 2', { '-': [{ '+': [v('amount'), 1] }, 2] }],
    ['-2 ^ 2', { power: [-2, 2] }],
    ['1 + 2 * 3 ^ 2', { '+': [1, { '*': [2, { power: [3, 2] }] }] }],
    ['amount - (-2) -- 2', { '-': [{ '-': [v('amount'), -2] }, -2] }],
    ['name & "x" + stage', { concat: [v('name'), 'x', v('stage')] }],
    ['closes + 3', { add_days: [v('closes'), 3] }],
    ['closes - 3', { add_days: [v('closes'), -3] }],
    ['closes - amount', { add_days: [v('closes'), { '-': [v('amount')] }] }],
    ['closes - starts', { days_between: [v('starts'), v('closes')] }],
    ['closes - "2026-01-01"', { days_between: ['2026-01-01', v('closes')] }],
    ['opens + 1000', { add_time: [v('opens'), 1000] }],
    ['closes - starts + 1', { '+': [{ days_between: [v('starts'), v('closes')] }, 1] }],
    [
      'amount > 0 && active || NOT active',
      { or: [{ and: [{ '>': [v('amount'), 0] }, v('active')] }, { '!': [v('active')] }] },
    ],
    ['NOT amount = 1 AND active', { and: [{ '!': [{ '==': [v('amount'), 1] }] }, v('active')] }],
    ['amount == 1 != active', { '!=': [{ '==': [v('amount'), 1] }, v('active')] }],
    ['amount IN (1, -2)', { in: [v('amount'), [1, -2]] }],
    ['IN(amount, budget, 3, NULL)', { one_of: [v('amount'), v('budget'), 3] }],
    ['IN(name, tags)', { in: [v('name'), v('tags')] }],
    ['name = NULL', { is_blank: [v('name')] }],
    ['name <> NULL', { '!': [{ is_blank: [v('name')] }] }],
    ['IF(active, 1)', { if: [v('active'), 1, null] }],
    [
      'IF(AND(NULL, active), 1, 2)',
      { if: [{ and: [{ if: [false, false, null] }, v('active')] }, 1, 2] },
    ],
    ['ISPICKVAL(stage, "won")', { '==': [v('stage'), 'won'] }],
    ['IsPickVal(stage, "")', { is_blank: [v('stage')] }],
    ['CASE(stage, "won", 1, 0)', { case: [v('stage'), 'won', 1, 0] }],
    ['ROUND(amount, 2)', { round: [v('amount'), 2] }],
    ['ROUND(amount, budget)', { round_places: [v('amount'), v('budget')] }],
    [
      'ISCHANGED(stage) && PRIORVALUE(stage) = "open" && !ISNEW()',
      {
        and: [
          { changed: [v('stage')] },
          { '==': [{ prior: [v('stage')] }, 'open'] },
          { '!': [{ is_new: [] }] },
        ],
      },
    ],
    ['Account.Industry', v('account.industry')],
    ['account__r.AnnualRevenue', v('account.annual_revenue')],
    ['project__r.Name', v('project__c.name')],
    ['Owner:User.Id = $User.Id', { '==': [v('owner'), v('$user.id')] }],
    ['AccountId', v('account')],
    ['{!Account.Industry}', v('account.industry')],
    ['{!or} + 1', { '+': [v('or'), 1] }],
    ['SOME(contacts, ISBLANK(email))', { some: [v('contacts'), { is_blank: [v('email')] }] }],
    ['/* why */ amount /* = */', v('amount')],
    ['“上海” ＆ name', { concat: ['上海', v('name')] }],
    ['IF（amount ≥ 1，"是"，"否"）', { if: [{ '>=': [v('amount'), 1] }, '是', '否'] }],
    ['"a""b\\n\\d\\\\"', 'a"b\n\\d\\'],
    ["'it''s'", "it's"],
    ['.5e1', 5],
  ])('reads %s', (text, expression) => {
    expect(expressionOf(text)).toEqual(expression)
  })

  it.each<[string, string[]]>([
    ['amuont * 2', ['unknown_field 0-6']],
    ['ISBLNK(name)', ['unknown_function 0-6']],
    ['VLOOKUP(name)', ['unsupported_function 0-7']],
    ['amount + ', ['missing_operand 9-9']],
    ['', ['missing_operand 0-0']],
    ['(amount', ['missing_bracket 0-1']],
    ['IF(active, 1, ', ['missing_bracket 2-3', 'missing_operand 14-14']],
    ['LEFT(name 3) & xx', ['unexpected 10-11', 'unknown_field 15-17']],
    ['amount # 2', ['unknown_character 7-8', 'unexpected 9-10']],
    ['"abc', ['unfinished_text 0-4']],
    ['amount /* abc', ['unfinished_comment 7-13']],
    ['name > amount', ['wrong_type 7-13']],
    ['IF(amount, 1, 2)', ['wrong_type 3-9']],
    ['name & TEXT(active)', ['wrong_type 12-18']],
    ['LEFT(name)', ['wrong_arity 0-4']],
    ['stage = "lost"', ['unknown_value 8-14']],
    ['REGEX(name, "(?=a)")', ['wrong_value 12-19']],
    ['REGEX(name, stage)', ['malformed 12-17']],
    ['DISTANCE(amount, budget, "km")', ['wrong_arity 0-8']],
    ['1234567890.1234567', ['wrong_value 0-18']],
  ])('underlines what is wrong with %j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems)
  })

  it('says what is wrong in both languages, and what was probably meant', () => {
    expect(checkFormula('amuont * 2', SCOPE).problems).toEqual([
      {
        code: 'unknown_field',
        from: 0,
        to: 6,
        message: {
          'en-US': 'Unknown field "amuont". Did you mean "amount"?',
          'zh-CN': '未知的字段“amuont”，是否想写“amount”？',
        },
        suggestion: 'amount',
      },
    ])
    expect(
      checkFormula('CURRENCYRATE("CNY")', SCOPE).problems.map(({ message }) => message),
    ).toEqual([
      {
        'en-US': 'CURRENCYRATE is not supported: dated exchange rates',
        'zh-CN': '不支持 CURRENCYRATE：按日期的汇率',
      },
    ])
  })

  it('knows the type of every part', () => {
    const { parts, type } = checkFormula('IF(closes > TODAY(), name, "x")', SCOPE) as Extract<
      ReturnType<typeof checkFormula>,
      { type: ExpressionType }
    >
    expect(type).toBe('text')
    expect(parts.map((part) => `${part.from}-${part.to} ${part.type}`)).toEqual([
      '0-31 text',
      '3-19 boolean',
      '3-9 date',
      '12-19 date',
      '21-25 text',
      '27-30 text',
    ])
  })
})

describe('a hostile formula', () => {
  it.each([
    ['a', 'too_long', 100_001],
    ['(', 'too_deep', 10_000],
    ['ABS(', 'too_deep', 10_000],
    ['-', 'too_deep', 10_000],
    ['NOT ', 'too_deep', 10_000],
    ['IF(active,1,', 'too_deep', 8_000],
    ['amount+', 'too_large', 14_000],
    ['amount-', 'too_deep', 14_000],
  ])('of %s many times is refused as %s', (piece, code, count) => {
    const started = performance.now()
    const { problems } = checkFormula(
      `${piece.repeat(count)}${piece === 'a' ? '' : 'amount'}`,
      SCOPE,
    )
    expect(problems.map((problem) => problem.code)).toContain(code)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('never throws, and takes time in proportion to its length', () => {
    const pieces = fc.constantFrom(
      '(',
      ')',
      ',',
      'amount',
      '"',
      "'",
      '/*',
      '*/',
      '+',
      'IF(',
      '1',
      'IN',
      'NOT',
      '{!',
      '}',
      '.',
      '：',
      '\\',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (words) => {
        const text = words.join('')
        const { problems } = checkFormula(text, SCOPE)
        for (const { from, to, message } of problems) {
          expect(from >= 0 && to <= text.length && from <= to).toBe(true)
          expect(message['zh-CN']).not.toBe('')
        }
      }),
      { numRuns: 1000 },
    )
  })
})

const LITERALS: Readonly<Record<string, readonly Expression[]>> = {
  number: [0, 1, -5, 0.25, 1e-7, 123456789012345],
  text: ['', 'a', '"\\\n', "it's", '上海', 'x /* y */', '\\d'],
  boolean: [true, false],
  date: ['2026-02-28'],
  datetime: ['2026-11-21T08:00:00.000Z'],
  time: ['08:30:00.000'],
  id: ['01890a5d-ac96-774b-bcce-b302099a8057'],
  list: [],
}

type Tree = fc.Arbitrary<Expression>

/** Random expressions of a type, made of every operator by its own table of parameters. */
function treeOf(type: string, depth: number): Tree {
  const fields = Object.keys(FIELDS).filter((path) => FIELDS[path] === type)
  const leaf = fc.constantFrom(...fields.map(v), ...(LITERALS[type] ?? []))
  if (depth === 0) return leaf
  const calls = Object.keys(OPERATORS)
    .filter(isOperatorName)
    .filter((name) => yields(name, type))
    .map((name) => callOf(name, type, depth))
  return fc.oneof({ weight: 2, arbitrary: leaf }, fc.oneof(...calls))
}

function yields(name: OperatorName, type: string): boolean {
  const { result, arity, parameter } = OPERATORS[name]
  if (result !== 'same' && result !== 'outcome') return result === type
  const last = parameter(arity[0] - 1, arity[0])
  return last.kind === 'field' || ('types' in last && last.types.some((one) => one === type))
}

function callOf(name: OperatorName, type: string, depth: number): Tree {
  const { result, arity, isOdd, isEven } = OPERATORS[name]
  const most = Math.min(arity[1], arity[0] + (isOdd || isEven ? 2 : 1))
  const counts = [arity[0], most].filter(
    (count) => !(isOdd && count % 2 === 0) && !(isEven && count % 2 === 1),
  )
  const compared = fc.constantFrom('number', 'text', 'date')
  return fc.tuple(fc.constantFrom(...counts), compared).chain(([count, agreed]) => {
    const operands = Array.from({ length: count }, (_, index) => {
      const parameter = OPERATORS[name].parameter(index, count)
      const passes = parameter.kind === result
      return operandOf(parameter, passes ? type : agreed, depth - 1)
    })
    return fc.tuple(...operands).map((given) => ({ [name]: given }))
  })
}

function operandOf(parameter: Parameter, agreed: string, depth: number): Tree {
  switch (parameter.kind) {
    case 'value':
      return fc.constantFrom(...parameter.types).chain((type) => treeOf(type, depth))
    case 'same':
    case 'outcome':
      return treeOf(
        parameter.types.some((type) => type === agreed) ? agreed : (parameter.types[0] ?? 'text'),
        depth,
      )
    case 'members':
      return fc.oneof(
        fc.constant<Expression>(v('tags')),
        fc.array(fc.constantFrom('a', 'b', '上海'), { minLength: 1, maxLength: 3 }),
      )
    case 'period':
      return fc.constant('this_month')
    case 'digits':
      return fc.integer({ min: -3, max: 5 })
    case 'pattern':
      return fc.constant('[A-Z]+\\d*')
    case 'relationship':
      return fc.constant(v('contacts'))
    case 'condition':
      return fc.constant({ is_blank: [v('email')] })
    default:
      return fc.constantFrom(...['amount', 'name', 'closes'].map(v))
  }
}

describe('an expression', () => {
  it('printed as a formula and read again is the same', () => {
    const trees = fc
      .constantFrom('number', 'text', 'boolean', 'date', 'datetime', 'time')
      .chain((type) => treeOf(type, 3))
    let held = 0
    fc.assert(
      fc.property(trees, (tree) => {
        const expression = normalExpression(tree)
        if (resolveExpression(expression, SCOPE).typed === undefined) return
        held += 1
        const text = printFormula(expression)
        expect([text, checkFormula(text, SCOPE)]).toEqual([
          text,
          expect.objectContaining({ expression }),
        ])
      }),
      { numRuns: 3000 },
    )
    expect(held).toBeGreaterThan(500)
  })

  it.each<[Expression, string]>([
    [
      { and: [{ is_blank: v('name') }, { '>': [v('amount'), 0] }] },
      'AND(ISBLANK(name), amount > 0)',
    ],
    [{ '-': [{ '+': [v('amount'), 1] }, { '-': [v('budget'), 2] }] }, 'amount + 1 - (budget - 2)'],
    [{ '*': [{ '+': [1, 2] }, -3] }, '(1 + 2) * -3'],
    [{ '-': [5] }, '-(5)'],
    [{ in: [v('stage'), ['open', 'won']] }, 'IN(stage, "open", "won")'],
    [v('or'), '{!or}'],
    [{ concat: [v('name'), ' "x"\n'] }, 'name & " \\"x\\"\\n"'],
  ])('is printed as people write it: %j', (expression, text) => {
    expect(printFormula(expression)).toBe(text)
  })

  it('of every operator has a function or a sign', () => {
    const infix = new Set(['+', '-', '*', '/', 'power', 'concat', '==', '!=', '<', '<=', '>', '>='])
    const spoken = new Set(FORMULA_FUNCTIONS.map(({ operator }) => operator))
    const silent = Object.keys(OPERATORS).filter(
      (name) =>
        isOperatorName(name) &&
        !infix.has(name) &&
        !spoken.has(name) &&
        name !== 'in' &&
        name !== 'one_of',
    )
    expect(silent).toEqual([])
  })
})

const NOW = { now: '2026-11-21T08:00:00.000Z', timeZone: 'Asia/Shanghai' }

function settled(text: string, blanks: 'zero' | 'blank', isPercent = false) {
  const { typed, problems } = checkFormula(text, SCOPE) as { typed?: never; problems: unknown }
  if (typed === undefined) throw new Error(JSON.stringify(problems))
  return settleFormula(typed, SCOPE, { blanks, isPercent })
}

describe('blanks', () => {
  it.each([
    ['5 + amount', '5', null],
    ['ISBLANK(amount)', false, true],
    ['BLANKVALUE(amount, 7)', '0', '7'],
    ['amount = 0', true, false],
    ['amount > budget', false, false],
    ['MAX(amount, -1)', '0', null],
    ['LEN(name)', '0', '0'],
    ['name = ""', true, true],
    ['name <> "x"', true, true],
    ['name > "x"', false, false],
    ['stage = "won"', false, false],
    ['name & "x"', 'x', 'x'],
    ['CONTAINS("abc", name)', true, true],
    ['closes + 1', null, null],
    ['closes = starts', false, false],
    ['IF(active, 1, 2)', '2', '2'],
    ['active', false, false],
    ['NOT(active)', true, true],
    ['ISBLANK(active)', false, false],
  ])('of %s are read as zero or as blank', (text, zero, blank) => {
    for (const [blanks, value] of [
      ['zero', zero],
      ['blank', blank],
    ] as const) {
      expect(evaluatorOf(settled(text, blanks))({ record: {}, ...NOW })).toBe(value)
    }
  })

  it('leave percentages what they are: 12.5 is an eighth', () => {
    const scope: ExpressionScope = {
      saving: false,
      field: () => ({ type: 'number', isPercent: true }),
    }
    const { typed } = checkFormula('rate * 2', scope) as { typed?: never }
    if (typed === undefined) throw new Error('rate')
    const evaluate = evaluatorOf(settleFormula(typed, scope, { blanks: 'zero', isPercent: true }))
    expect(evaluate({ record: { rate: 12.5 }, ...NOW })).toBe('25')
  })
})

describe('a formula that cannot be computed', () => {
  it.each([
    ['1 / amount', { amount: 0 }, { code: 'division_by_zero', operator: '/' }],
    ['VALUE(name) + 1', { name: 'x' }, { code: 'not_a_number', operator: 'to_number' }],
    ['DATE(2026, 2, 30)', {}, { code: 'no_such_date', operator: 'date' }],
    ['SQRT(-1)', {}, { code: 'no_such_number', operator: 'sqrt' }],
    ['10 ^ 1000', {}, { code: 'no_such_number', operator: 'power' }],
  ])('is empty, with a reason: %s', (text, record, failure) => {
    expect(outcomeOf(settled(text, 'blank'))({ record, ...NOW })).toEqual({ value: null, failure })
  })

  it('is empty without one if something is blank, and has a value if the failure does not matter', () => {
    const outcome = (text: string) => outcomeOf(settled(text, 'blank'))({ record: {}, ...NOW })
    expect(outcome('1 / amount')).toEqual({ value: null })
    expect(outcome('IFERROR(1 / 0, 7)')).toEqual({ value: '7' })
    expect(outcome('IF(1 / 0 > 1, 1, 2)')).toEqual({ value: '2' })
  })
})

describe('completion', () => {
  it('offers functions and fields by their first letters, and fields behind a dot', () => {
    const { functions, fields } = completeFormula('IF(am', SCOPE)
    expect([functions, fields]).toEqual([[], [{ path: 'amount', type: 'number' }]])
    expect(completeFormula('1 + isb', SCOPE).functions.map(({ name }) => name)).toEqual(['ISBLANK'])
    expect(completeFormula('account.', SCOPE).fields.map(({ path }) => path)).toEqual([
      'account.industry',
      'account.annual_revenue',
    ])
  })

  it('finds a field by its label, and by its name behind a reference', () => {
    const labels: Record<string, string> = { amount: '商机金额', stage: 'Sales stage' }
    const labelled: ExpressionScope = {
      ...SCOPE,
      field: (path) => {
        const field = SCOPE.field(path)
        const label = labels[path]
        return field && label !== undefined ? { ...field, label } : field
      },
    }
    const pathsFor = (before: string): string[] =>
      completeFormula(before, labelled).fields.map(({ path }) => path)
    expect(pathsFor('金额')).toEqual(['amount'])
    expect(pathsFor('1 + stag')).toEqual(['stage'])
    expect(pathsFor('sal')).toEqual(['stage'])
    expect(pathsFor('ind')).toEqual(['account.industry'])
    expect(pathsFor('account.ind')).toEqual(['account.industry'])
  })

  it('describes every function in both languages', () => {
    for (const { name, description, signature, operator } of FORMULA_FUNCTIONS) {
      expect(functionNamed(name.toLowerCase())?.name).toBe(name)
      expect([name, description['zh-CN'], description['en-US']]).not.toContain('')
      const most = operator === undefined ? 0 : OPERATORS[operator].arity[1]
      expect([name, signature === '']).toEqual([
        name,
        operator !== undefined ? most === 0 : signature === '',
      ])
    }
  })
})

describeWithSharedData('salesforce', 'formulas.json')('formulas of real applications', () => {
  it('are all read', () => {
    const formulas: { name: string; formula: string }[] = JSON.parse(
      readFileSync(sharedDataPath('salesforce', 'formulas.json'), 'utf8'),
    )
    expect(formulas.length).toBeGreaterThan(100)
    const misread = formulas.filter(({ formula }) => parseFormula(formula).problems.length > 0)
    expect(misread.map(({ name }) => name)).toEqual([])
  })
})
