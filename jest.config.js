export default {
  testEnvironment: 'node',
  // Real programs start in most of them, two suites at a time.
  testTimeout: 20_000,
  globalSetup: '<rootDir>/jest.setup.config.js',
  globalTeardown: '<rootDir>/jest.teardown.config.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.tools/'],
  coverageProvider: 'v8',
}
