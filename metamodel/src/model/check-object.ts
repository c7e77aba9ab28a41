import type { Component } from '../kinds/index.ts'
import { checkFormerNames } from './check-former-names.ts'
import { checkNumbering } from './check-numbering.ts'
import { requireDistinct, requireField } from './check-references.ts'
import { checkReplacedTypes } from './check-replacements.ts'
import { isMoney } from './corporate-currency.ts'
import type { Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

/** The fields that an object names exist and suit their use. */
export function checkObject(
  component: Component<'object'>,
  model: Model,
  problems: ProblemList,
): void {
  const { definition } = component
  const object = model.objects.get(component.name)
  if (!object) return
  for (const [index, name] of (definition.highlights ?? []).entries()) {
    requireField(object, component, `highlights.${index}`, name, problems)
  }
  const all = [...model.objects.values()].map((one) => ({
    name: one.name,
    formerNames: one.definition.former_names,
  }))
  const own = { name: object.name, formerNames: definition.former_names }
  checkFormerNames(component, own, all, problems)
  requireDistinct(component, 'highlights', definition.highlights ?? [], problems)
  checkStage(component, model, problems)
  checkCurrencies(component, object, model, problems)
  if (definition.name_field?.type === 'auto_number') {
    checkNumbering(component, definition.name_field, { at: 'name_field.', problems })
  }
  if (definition.sharing === 'controlled_by_parent' && !object.master) {
    problems.add(
      component,
      'no_master',
      'sharing',
      'Only an object with a master-detail field can follow its parent',
      '只有包含主从字段的对象才能跟随主记录',
    )
  }
  checkIndexes(component, object, problems)
  checkReplacedTypes(component, object, problems)
}

function checkIndexes(
  component: Component<'object'>,
  object: ObjectModel,
  problems: ProblemList,
): void {
  const inert = (path: string, en: string, zh: string): void =>
    problems.add(component, 'inert', path, en, zh)
  for (const [index, declared] of (component.definition.indexes ?? []).entries()) {
    const { fields: names, unique, ignore_case: ignoresCase } = declared
    const at = `indexes.${index}`
    requireDistinct(component, `${at}.fields`, names, problems)
    const fields = names.map((name, place) =>
      requireField(object, component, `${at}.fields.${place}`, name, problems),
    )
    for (const [place, field] of fields.entries()) {
      if (field?.isVirtual !== true) continue
      const path = `${at}.fields.${place}`
      if (field.members) {
        const [en, zh] = [
          'rests in several columns: name an index for none of them',
          '存储在多列中',
        ]
        inert(path, `"${field.name}" ${en}`, `“${field.name}”${zh}，不能建立索引`)
      } else {
        const [en, zh] = ['is computed as it is read: store it to build an index', '为实时计算']
        inert(path, `"${field.name}" ${en}`, `“${field.name}”${zh}，存储后才能建立索引`)
      }
    }
    const hasText = fields.some((field) => field?.type.storage(field.options).as === 'text')
    if (ignoresCase === true && (unique !== true || !hasText)) {
      inert(
        `${at}.ignore_case`,
        'Only texts of a unique combination can ignore case',
        '只有唯一组合中的文本字段才能忽略大小写',
      )
    }
  }
}

function checkStage(component: Component<'object'>, model: Model, problems: ProblemList): void {
  const name = component.definition.stage_field
  const object = model.objects.get(component.name)
  if (name === undefined || !object) return
  const field = requireField(object, component, 'stage_field', name, problems)
  if (field && field.type.name !== 'picklist') {
    problems.add(
      component,
      'wrong_type',
      'stage_field',
      'The stage field must be a picklist',
      '阶段字段必须是单选',
    )
  }
}

/** An object with many currencies has amounts, and names a date that is kept. */
function checkCurrencies(
  component: Component<'object'>,
  object: ObjectModel,
  model: Model,
  problems: ProblemList,
): void {
  const asked = component.definition.multi_currency
  if (asked === undefined) return
  if (![...object.fields.values()].some(isMoney)) {
    problems.add(
      component,
      'inert',
      'multi_currency',
      'The object has no amount of money to be in a currency',
      '该对象没有金额字段，无需币种',
    )
  }
  checkCurrencySource(component, object, asked.from, { model, problems })
  if (asked.rate_date === undefined) return
  const path = 'multi_currency.rate_date'
  const field = requireField(object, component, path, asked.rate_date, problems)
  if (!field || (field.type.name === 'date' && !field.isVirtual)) return
  problems.add(
    component,
    'wrong_type',
    path,
    'The date of the exchange rate must be a date field',
    '汇率日期必须是日期字段',
  )
}

/** Where a new record has its currency from has one. */
function checkCurrencySource(
  component: Component<'object'>,
  object: ObjectModel,
  from: string | undefined,
  { model, problems }: { model: Model; problems: ProblemList },
): void {
  if (from === undefined) return
  const path = 'multi_currency.from'
  const field = requireField(object, component, path, from, problems)
  if (!field || model.objects.get(field.target ?? '')?.money) return
  problems.add(
    component,
    'inert',
    path,
    `"${from}" leads to no record with a currency`,
    `“${from}”没有指向带币种的记录`,
  )
}
