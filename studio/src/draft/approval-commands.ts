import type {
  ApprovalProcessDefinition,
  ApprovalStep,
  Approver,
  Locale,
  Message,
} from '@trellis/metamodel'

import { freeName } from './api-names.ts'
import { insertAt, moveTo, removeAt } from './lists.ts'

/** Adds a step after the one at `index`; -1 puts it first. */
export function addStep(
  process: ApprovalProcessDefinition,
  index: number,
): ApprovalProcessDefinition {
  const names = new Set(process.steps.map((step) => step.name))
  const name = freeName(`step_${process.steps.length + 1}`, names)
  const step: ApprovalStep = {
    name,
    label: { 'zh-CN': '审批', 'en-US': 'Approval' },
    approvers: [{ by: 'manager' }],
  }
  return { ...process, steps: insertAt(process.steps, index + 1, step) }
}

/** A process has at least one step: the last one stays. */
export function removeStep(
  process: ApprovalProcessDefinition,
  index: number,
): ApprovalProcessDefinition {
  return process.steps.length === 1
    ? process
    : { ...process, steps: removeAt(process.steps, index) }
}

export function moveStep(
  process: ApprovalProcessDefinition,
  from: number,
  to: number,
): ApprovalProcessDefinition {
  return { ...process, steps: moveTo(process.steps, from, to) }
}

/** The names of roles and fields as people know them. */
export interface ApproverNames {
  role(name: string): string
  field(name: string): string
}

/** An approver in words, e.g. "Manager of the submitter, level 2". */
export function describeApprover(approver: Approver, names: ApproverNames, locale: Locale): string {
  switch (approver.by) {
    case 'user':
      return approver.email
    case 'role':
      return say(locale, `角色：${names.role(approver.role)}`, `Role: ${names.role(approver.role)}`)
    case 'field':
      return say(
        locale,
        `字段：${names.field(approver.field)}`,
        `Field: ${names.field(approver.field)}`,
      )
    case 'manager':
      return describeManager(approver, locale)
  }
}

function describeManager(approver: Extract<Approver, { by: 'manager' }>, locale: Locale): string {
  const whose: Message =
    approver.of === 'owner'
      ? { 'zh-CN': '负责人', 'en-US': 'the owner' }
      : { 'zh-CN': '提交人', 'en-US': 'the submitter' }
  const level = approver.level ?? 1
  if (level === 1) return say(locale, `${whose['zh-CN']}的直属上级`, `Manager of ${whose['en-US']}`)
  return say(
    locale,
    `${whose['zh-CN']}的第 ${level} 级上级`,
    `Manager of ${whose['en-US']}, level ${level}`,
  )
}

function say(locale: Locale, zh: string, en: string): string {
  return locale === 'zh-CN' ? zh : en
}
