import type { Approver, Component } from '../kinds/index.ts'
import {
  requireDistinct,
  requireExpression,
  requireField,
  requireObject,
} from './check-references.ts'
import type { Model, ObjectModel } from './model.ts'
import type { ProblemList } from './problems.ts'

type Process = Component<'approval_process'>

/** A process names an object, roles, fields and updates that exist. */
export function checkApprovalProcess(
  component: Process,
  model: Model,
  problems: ProblemList,
): void {
  const { definition } = component
  const object = requireObject(model, component, 'object', definition.object, problems)
  if (!object) return
  if (object.definition.features?.approvals === false) {
    problems.add(
      component,
      'inert',
      'object',
      `Records of ${object.name} cannot be submitted for approval`,
      `${object.name} 未启用审批`,
    )
  }
  if (definition.entry !== undefined) {
    requireExpression(
      model,
      object,
      { ...component, path: 'entry', use: 'record', expected: 'boolean' },
      definition.entry,
      problems,
    )
  }
  requireDistinct(
    component,
    'steps',
    definition.steps.map((step) => step.name),
    problems,
  )
  for (const [index, step] of definition.steps.entries()) {
    const path = `steps.${index}`
    if (step.criteria !== undefined) {
      requireExpression(
        model,
        object,
        { ...component, path: `${path}.criteria`, use: 'record', expected: 'boolean' },
        step.criteria,
        problems,
      )
    }
    step.approvers.forEach((approver, at) =>
      checkApprover(
        component,
        model,
        object,
        { approver, path: `${path}.approvers.${at}` },
        problems,
      ),
    )
  }
  checkUpdates(component, model, object, problems)
}

function checkApprover(
  component: Process,
  model: Model,
  object: ObjectModel,
  at: { approver: Approver; path: string },
  problems: ProblemList,
): void {
  const { approver, path } = at
  if (approver.by === 'role' && !model.roles.has(approver.role)) {
    problems.addMissing(component, `${path}.role`, 'role', approver.role, model.roles.keys())
  }
  if (approver.by !== 'field') return
  const field = requireField(object, component, `${path}.field`, approver.field, problems)
  if (field && field.target !== 'user') {
    problems.add(
      component,
      'wrong_type',
      `${path}.field`,
      'Must be a field that refers to a user',
      '必须是引用用户的字段',
    )
  }
}

function checkUpdates(
  component: Process,
  model: Model,
  object: ObjectModel,
  problems: ProblemList,
): void {
  for (const key of ['on_submit', 'on_approve', 'on_reject', 'on_recall'] as const) {
    for (const [name, value] of Object.entries(component.definition[key] ?? {})) {
      const path = `${key}.${name}`
      const field = requireField(object, component, path, name, problems)
      if (field?.type.fileLimits) {
        problems.add(
          component,
          'not_settable',
          path,
          `"${name}" takes a file: only people put one there`,
          `“${name}”是文件字段，只能由人上传`,
        )
        continue
      }
      if (field?.isReadOnly) {
        problems.add(
          component,
          'read_only',
          path,
          `"${name}" is filled by the system`,
          `“${name}”由系统填写`,
        )
      }
      if (!field) continue
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        requireExpression(
          model,
          object,
          { ...component, path, use: 'record', expected: field.type.expressionType },
          value,
          problems,
        )
        continue
      }
      const parsed = field.type.parse(value, field.options)
      if ('fault' in parsed) {
        problems.add(
          component,
          'wrong_value',
          path,
          parsed.fault.message['en-US'],
          parsed.fault.message['zh-CN'],
        )
      }
    }
  }
}
