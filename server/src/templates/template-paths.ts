import Handlebars from 'handlebars'

import { parseTemplate } from './parse-template.ts'

/**
 * Everything that a template reads, as paths: `account.name`, and also the texts that helpers take as names of
 * fields. Names of helpers are among them: which paths are fields, and of what, is for the reader of the data
 * to find out.
 *
 * @example templatePaths('{{name}} {{account.name}}') // ['name', 'account.name']
 */
export function templatePaths(text: string): string[] {
  const { tree } = parseTemplate(text)
  const paths = new Set<string>()
  class Collector extends Handlebars.Visitor {
    override PathExpression(path: hbs.AST.PathExpression): void {
      if (!path.data && path.parts.length > 0) paths.add(path.parts.map(String).join('.'))
    }
    override StringLiteral(literal: hbs.AST.StringLiteral): void {
      paths.add(literal.value)
    }
  }
  if (tree) new Collector().accept(tree)
  return [...paths]
}
