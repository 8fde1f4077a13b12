// Package pay is the arithmetic of money for hours: what the law makes of the hours of a workweek and of what was paid for them.
//
// The ledger pays nobody. It gives rows of seconds by pay code, and payroll pays. This package says what such rows come to, so that an
// amount that is shown beside them is the one that the law names. It is exact: Number is a rational, nothing is a float, and nothing is
// rounded unless a call says to how many digits and which way.
//
// Its sources are the text of 29 CFR part 778 (regular rate, fluctuating workweek, premiums that are left out and credited), the
// California Labor Code and Wage Orders, the Ontario Employment Standards Act, and articles 44 and 51 of the Labour Law of the People's
// Republic of China with the notice on converting monthly wages. docs/pay.md goes through them with examples.
package pay
