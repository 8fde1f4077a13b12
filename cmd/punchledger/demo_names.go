package main

import "math/rand/v2"

// nameList are the surnames and given names of a place, and how they are put together.
type nameList struct {
	surnames, given []string
	join            func(surname, given string) string
}

// draw returns a name. Two people may share one, as people do.
func (n nameList) draw(r *rand.Rand) string {
	return n.join(n.surnames[r.IntN(len(n.surnames))], n.given[r.IntN(len(n.given))])
}

func surnameFirst(surname, given string) string { return surname + given }
func surnameLast(surname, given string) string  { return given + " " + surname }
func surnameApart(surname, given string) string { return surname + " " + given }

var (
	chineseNames = nameList{
		[]string{
			"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "马", "朱", "胡", "郭", "何", "高", "林", "罗",
			"郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "袁", "潘", "于", "蒋", "欧阳",
		},
		[]string{
			"雨桐", "子涵", "浩然", "欣怡", "梓轩", "思远", "嘉怡", "俊杰", "晓峰", "丽娟", "建国", "秀英", "志强", "海燕", "文博", "静怡",
			"宇航", "雪梅", "明哲", "佳琪", "立新", "春华", "国栋", "红霞", "天佑", "若曦", "景行", "慧敏", "永康", "紫萱", "少华", "玉兰",
		},
		surnameFirst,
	}
	californianNames = nameList{
		[]string{
			"Nguyen", "Garcia", "Johnson", "Patel", "Martinez", "Kim", "Williams", "Hernandez", "Singh", "Brown", "Lopez", "Tran",
			"Anderson", "Ramirez", "Okafor", "Thompson", "Santos", "Mitchell", "Reyes", "O'Connor",
		},
		[]string{
			"Olivia", "Mateo", "Sophia", "Ethan", "Camila", "Noah", "Priya", "Daniel", "Emily", "Jose", "Grace", "Aiden", "Maria",
			"Kevin", "Isabella", "Marcus", "Linh", "Hannah", "Diego", "Rachel",
		},
		surnameLast,
	}
	bavarianNames = nameList{
		[]string{
			"Huber", "Maier", "Bauer", "Wagner", "Schmid", "Gruber", "Fischer", "Weber", "Hofmann", "Brandl", "Lechner", "Kellner",
			"Yılmaz", "Kovačević", "Obermeier", "Stadler", "Reiter", "Zöllner", "Wimmer", "Aigner",
		},
		[]string{
			"Anna", "Lukas", "Katharina", "Maximilian", "Franziska", "Josef", "Theresa", "Florian", "Magdalena", "Sebastian", "Ayşe",
			"Korbinian", "Veronika", "Benedikt", "Johanna", "Ludwig", "Marija", "Quirin", "Elisabeth", "Stefan",
		},
		surnameLast,
	}
	japaneseNames = nameList{
		[]string{
			"佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "松本", "井上", "木村",
		},
		[]string{
			"陽菜", "蓮", "美咲", "大翔", "結衣", "拓海", "さくら", "健太", "葵", "翔太", "七海", "直樹", "彩花", "悠斗", "真由美", "和也",
		},
		surnameApart,
	}
)
