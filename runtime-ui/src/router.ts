import {
  createRouter,
  createWebHistory,
  type RouteLocationNormalized,
  type RouteRecordRaw,
} from 'vue-router'

import { useStart } from './pages/shell/use-start.ts'

const shellRoutes: RouteRecordRaw[] = [
  { path: '', name: 'home', component: () => import('./pages/HomePage.vue') },
  { path: 'o/:object', name: 'list', component: () => import('./pages/ListPage.vue') },
  { path: 'o/:object/new', name: 'create', component: () => import('./pages/CreatePage.vue') },
  { path: 'o/:object/import', name: 'import', component: () => import('./pages/ImportPage.vue') },
  { path: 'o/:object/bin', name: 'bin', component: () => import('./pages/BinPage.vue') },
  {
    path: 'o/:object/duplicates',
    name: 'duplicates',
    component: () => import('./pages/DuplicatesPage.vue'),
  },
  { path: 'o/:object/:id', name: 'record', component: () => import('./pages/RecordPage.vue') },
  { path: 'o/:object/:id/edit', name: 'edit', component: () => import('./pages/EditPage.vue') },
  { path: 'approvals', name: 'approvals', component: () => import('./pages/ApprovalsPage.vue') },
  {
    path: 'dashboards/:name',
    name: 'dashboard',
    component: () => import('./pages/DashboardPage.vue'),
  },
  { path: 'account', name: 'account', component: () => import('./pages/AccountPage.vue') },
  { path: ':rest(.*)*', name: 'not-found', component: () => import('./pages/NotFoundPage.vue') },
]

/** One page per address; everything but sign-in stands in the shell and waits until it is known who asks. */
export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    {
      path: '/login',
      name: 'login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { isPublic: true },
    },
    {
      path: '/forgot-password',
      name: 'forgot-password',
      component: () => import('./pages/ForgotPasswordPage.vue'),
      meta: { isPublic: true },
    },
    {
      path: '/reset-password',
      name: 'reset-password',
      component: () => import('./pages/ResetPasswordPage.vue'),
      meta: { isPublic: true },
    },
    { path: '/', component: () => import('./pages/shell/AppShell.vue'), children: shellRoutes },
  ],
})

let destination: string | undefined
router.beforeEach(({ fullPath }) => void (destination = fullPath))
router.afterEach(() => void (destination = undefined))
router.onError(() => void (destination = undefined))

/** The address that the reader is on the way to, until its page stands. */
export const whereTo = (): string | undefined => destination

router.beforeEach(async (to: RouteLocationNormalized) => {
  if (to.meta['isPublic'] === true) return true
  const isSignedIn = await useStart().ensure()
  return isSignedIn || { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})
