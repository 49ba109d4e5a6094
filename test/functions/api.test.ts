import { startApi } from '../setup/api.ts';
import { apiContract } from './api.contract.ts';

apiContract('embedded stores', startApi);
