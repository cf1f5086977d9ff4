export { createUserCode } from './quickjs-user-code.ts';
