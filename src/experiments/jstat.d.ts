/** What is used of jStat, which brings no types. */
declare module "jstat" {
  const statistics: {
    /** Student's t distribution. */
    readonly studentt: {
      /** P(T <= x) for `dof` degrees of freedom. */
      cdf(x: number, dof: number): number;
    };
  };
  export default statistics;
}
