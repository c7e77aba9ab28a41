// oxlint reads the TypeScript of the repository; this configuration is for Vue's templates only.
import typescriptParser from '@typescript-eslint/parser'
import vue from 'eslint-plugin-vue'
import vueParser from 'vue-eslint-parser'

// The formatter decides how templates are laid out.
const LAYOUT = [
  'first-attribute-linebreak',
  'html-closing-bracket-newline',
  'html-closing-bracket-spacing',
  'html-indent',
  'html-quotes',
  'html-self-closing',
  'max-attributes-per-line',
  'multiline-html-element-content-newline',
  'mustache-interpolation-spacing',
  'no-multi-spaces',
  'no-spaces-around-equal-signs-in-attribute',
  'singleline-html-element-content-newline',
]

export default [
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: {
      parser: vueParser,
      parserOptions: { parser: typescriptParser, sourceType: 'module' },
    },
    rules: {
      ...Object.fromEntries(LAYOUT.map((rule) => [`vue/${rule}`, 'off'])),
      // Text of users reaches templates; markup is cleaned in one component, by dompurify.
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      // The design names components with one word where one word says it: Timeline.
      'vue/multi-word-component-names': 'off',
      'vue/no-unused-emit-declarations': 'error',
      'vue/no-unused-properties': 'off',
      'vue/require-default-prop': 'off',
    },
  },
]
