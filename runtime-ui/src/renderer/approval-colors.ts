import type { ApprovalSummary } from '@trellis/metamodel'

/** The colour of an approval's state, everywhere the same. */
export const APPROVAL_COLORS: Readonly<Record<ApprovalSummary['status'], string>> = {
  pending: 'yellow',
  approved: 'green',
  rejected: 'red',
  recalled: 'gray',
}
