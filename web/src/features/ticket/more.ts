/** The id of the box of tabs, for links that lead into it. */
export const MORE = "more-about-this";
