/** True for a place in Cloud Storage. */
export const isBucketUri = (uri: string): boolean => uri.startsWith('gs://');
