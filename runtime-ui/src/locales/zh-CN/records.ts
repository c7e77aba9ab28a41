/** Texts of the record form, record page, board, dashboard and approvals. */
export const records = {}
