import type { Component, Kind } from '../kinds/index.ts'
import { checkApprovalProcess } from './check-approval-process.ts'
import { checkDuplicateRule } from './check-duplicate-rule.ts'
import { checkField, checkFieldCircles } from './check-field.ts'
import { checkObject } from './check-object.ts'
import {
  checkApp,
  checkDashboard,
  checkPermissionSet,
  checkRole,
  checkTemplate,
} from './check-others.ts'
import { checkPicklist } from './check-picklist.ts'
import { checkRecordType } from './check-record-type.ts'
import { checkRule } from './check-rule.ts'
import { checkLayout, checkListView, checkRecordPage } from './check-screens.ts'
import { checkRestrictionRule, checkSharingRule } from './check-sharing.ts'
import { checkTest, checkTestCount } from './check-test.ts'
import type { Model } from './model.ts'
import type { ProblemList } from './problems.ts'
import type { Turns } from './turns.ts'

/** Judges one component against the whole model: does everything it names exist, and does it do something? */
export type MeaningCheck<K extends Kind> = (
  component: Component<K>,
  model: Model,
  problems: ProblemList,
) => void

const CHECKS: { [K in Kind]: MeaningCheck<K> } = {
  app: checkApp,
  object: checkObject,
  field: checkField,
  record_type: checkRecordType,
  page_layout: checkLayout,
  record_page: checkRecordPage,
  list_view: checkListView,
  validation_rule: checkRule,
  duplicate_rule: checkDuplicateRule,
  sharing_rule: checkSharingRule,
  restriction_rule: checkRestrictionRule,
  approval_process: checkApprovalProcess,
  permission_set: checkPermissionSet,
  role: checkRole,
  picklist: checkPicklist,
  dashboard: checkDashboard,
  template: checkTemplate,
  test: checkTest,
}

/** Judges every component against the whole, one in each turn; see each kind's check. */
export function* checkMeaning(model: Model, problems: ProblemList): Turns<void> {
  for (const component of model.components) {
    yield
    const check = CHECKS[component.kind] as MeaningCheck<Kind>
    check(component, model, problems)
  }
  checkFieldCircles(model, problems)
  checkTestCount(model, problems)
}
