package pay

// ChinaPaidDays is the number of paid days of a month by which a monthly wage is converted: (365 - 104) / 12 = 21.75. Statutory holidays
// are among them, as article 51 of the Labour Law has them paid. (劳动和社会保障部《关于职工全年月平均工作时间和工资折算问题的通知》,
// 劳社部发〔2008〕3 号; the notice of 2025 that follows it, 人社部发〔2025〕2 号, keeps the figure.)
var ChinaPaidDays = Ratio(2175, 100)

// ChinaHourly returns the hourly wage of a monthly one: by 21.75 days of 8 hours. Overtime by article 44 is 150, 200 or 300 % of it.
func ChinaHourly(month Number) Number { return month.Over(ChinaPaidDays.Times(Whole(8))) }
