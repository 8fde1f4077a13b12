package pay

// ChinaPaidDays is the number of paid days of a month by which a monthly wage is converted: (365 - 104) / 12 = 21.75. Statutory holidays
// are among them, as article 51 of the Labour Law has them paid. (人力资源社会保障部《关于职工全年月平均工作时间和工资折算问题的通知》,
// 人社部发〔2025〕2 号 of 1 January 2025; it repealed 劳社部发〔2008〕3 号 of the same title, which had the same figure.)
var ChinaPaidDays = Ratio(2175, 100)

// ChinaHourly returns the hourly wage of a monthly one: by 21.75 days of 8 hours. Overtime by article 44 is 150, 200 or 300 % of it.
func ChinaHourly(month Number) Number { return month.Over(ChinaPaidDays.Times(Whole(8))) }
