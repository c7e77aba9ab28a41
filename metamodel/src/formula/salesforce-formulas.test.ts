import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { expect, it } from 'vitest'

import { describeWithSharedData, sharedDataPath } from '../../../tests/support/index.ts'
import {
  checkFormula,
  type ExpressionScope,
  type ExpressionType,
  type ScopeField,
} from '../index.ts'

/** A formula of a real application, with its place. */
interface RealFormula {
  readonly repo: string
  readonly path: string
  readonly kind: string
  readonly name: string
  readonly formula: string
}

interface RealField extends ScopeField {
  readonly target?: string | undefined
}

const TYPES: Readonly<Record<string, ExpressionType>> = {
  Number: 'number',
  Currency: 'number',
  Percent: 'number',
  Summary: 'number',
  Checkbox: 'boolean',
  Date: 'date',
  DateTime: 'datetime',
  Time: 'time',
  Lookup: 'id',
  MasterDetail: 'id',
  MultiselectPicklist: 'list',
}

/** The fields that every application has without defining them. */
const STANDARD: Readonly<Record<string, ExpressionType>> = {
  ...Object.fromEntries(
    'Name FirstName LastName AccountNumber BillingCountry MailingPostalCode ShippingPostalCode'
      .split(' ')
      .map((name) => [name, 'text']),
  ),
  ...Object.fromEntries('Id Owner.Id AccountId'.split(' ').map((name) => [name, 'id'])),
  Amount: 'number',
  NumberOfEmployees: 'number',
  CloseDate: 'date',
  LastActivityDate: 'date',
  CreatedDate: 'datetime',
}

type Fields = Map<string, Map<string, RealField>>

function tag(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
}

/** The fields of all objects of all applications, by application and object. */
function readFields(root: string): Fields {
  const fields: Fields = new Map()
  const add = (repo: string, object: string, xml: string): void => {
    const [name, type] = [tag(xml, 'fullName'), tag(xml, 'type')]
    if (name === undefined || type === undefined) return
    const key = `${repo} ${object}`
    const known = fields.get(key) ?? new Map<string, RealField>()
    const target = tag(xml, 'referenceTo')
    known.set(name, { type: TYPES[type] ?? 'text', isPercent: type === 'Percent', target })
    fields.set(key, known)
  }
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const repo = file.split('/')[0] ?? ''
    if (file.endsWith('.field-meta.xml')) {
      add(repo, basename(dirname(dirname(file))), readFileSync(join(root, file), 'utf8'))
    } else if (/\.object(-meta\.xml)?$/.test(file)) {
      const object = basename(file).replace(/\.object(-meta\.xml)?$/, '')
      const xml = readFileSync(join(root, file), 'utf8')
      for (const [, field = ''] of xml.matchAll(/<fields>([\s\S]*?)<\/fields>/g)) {
        add(repo, object, field)
      }
    }
  }
  return fields
}

function findField(fields: Fields, key: string, path: string): RealField | undefined {
  const [repo = '', object = ''] = key.split(' ')
  const [name = '', ...rest] = path.split('.')
  const own = fields.get(`${repo} ${object}`)
  if (rest.length === 0 || path === 'Owner.Id') {
    const type = STANDARD[path]
    return own?.get(name) ?? (type === undefined ? undefined : { type })
  }
  const target =
    own?.get(name.replace(/__r$/, '__c'))?.target ?? (name === 'Account' ? name : undefined)
  return target === undefined ? undefined : findField(fields, `${repo} ${target}`, rest.join('.'))
}

function scopeOf(fields: Fields, { repo, path }: RealFormula): ExpressionScope {
  const object = /objects\/([^/]+?)(?:\.object(?:-meta\.xml)?)?(?:\/|$)/.exec(path)?.[1] ?? ''
  return {
    saving: true,
    field: (name) => {
      if (name.startsWith('$user.')) return { type: name === '$user.Id' ? 'id' : 'text' }
      return findField(fields, `${repo.replace('+', '__')} ${object}`, name)
    },
  }
}

/** What is missing for a formula, by the names in it that nobody knows here. */
function missingFor({ kind }: RealFormula, message: string): string {
  const name = /^Unknown field "([^."]+)/.exec(message)?.[1] ?? message
  if (kind === 'flowFormula') return 'variables of a flow'
  return MISSING[name] ?? message
}

const MISSING: Readonly<Record<string, string>> = {
  $Setup: 'settings ($Setup)',
  $Label: 'labels ($Label)',
  $Api: 'addresses of the API ($Api)',
}

describeWithSharedData('salesforce', 'formulas.json')('formulas of real applications', () => {
  it('hold against their own objects, but for what is named', () => {
    const root = sharedDataPath('salesforce')
    const fields = readFields(root)
    const formulas: RealFormula[] = JSON.parse(readFileSync(join(root, 'formulas.json'), 'utf8'))
    const missing: Record<string, number> = {}
    for (const one of formulas) {
      const expected = one.kind === 'validationRule' ? 'boolean' : undefined
      const { problems } = checkFormula(one.formula, scopeOf(fields, one), expected)
      const [problem] = problems
      if (problem === undefined) continue
      const what = missingFor(one, problem.message['en-US'])
      missing[what] = (missing[what] ?? 0) + 1
    }
    // Which they are is listed in docs/formulas.md.
    expect([formulas.length, missing]).toEqual([
      153,
      {
        'variables of a flow': 10,
        'settings ($Setup)': 14,
        'labels ($Label)': 1,
        'addresses of the API ($Api)': 1,
      },
    ])
  })
})
