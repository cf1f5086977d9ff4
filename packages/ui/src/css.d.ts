/** Style sheets are handled by the bundler; an import has no value. */
declare module '*.css';
