// Jest wants default exports for what it runs before and after all tests.
export { offerSharedBroker as default } from './test/support/shared-broker.ts'
