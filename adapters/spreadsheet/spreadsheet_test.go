package spreadsheet_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/punchledger/punchledger/adapters/spreadsheet"
	"github.com/punchledger/punchledger/domain/decidertest"
)

func book(t *testing.T) []byte {
	t.Helper()
	f := excelize.NewFile()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	require.NoError(t, err)
	chinese := `yyyy"年"m"月"d"日"`
	custom, err := f.NewStyle(&excelize.Style{CustomNumFmt: &chinese})
	require.NoError(t, err)
	hired := time.Date(2025, 10, 13, 0, 0, 0, 0, time.UTC)
	require.NoError(t, f.SetSheetRow("Sheet1", "A1", &[]any{"姓名", "工号", "入职日期"}))
	require.NoError(t, f.SetSheetRow("Sheet1", "A3", &[]any{"王\n小明", 1234567890123456, hired}))
	require.NoError(t, f.SetSheetRow("Sheet1", "A4", &[]any{"Zhao, Min", "007", hired}))
	require.NoError(t, f.SetCellStyle("Sheet1", "C3", "C3", day))
	require.NoError(t, f.SetCellStyle("Sheet1", "C4", "C4", custom))
	_, err = f.NewSheet("others")
	require.NoError(t, err)
	require.NoError(t, f.SetCellValue("others", "A1", "name"))
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	require.NoError(t, f.Close())
	return b.Bytes()
}

func TestASheetBecomesLines(t *testing.T) {
	for sheet, want := range map[string]string{
		"":       "姓名,工号,入职日期\n\"\"\n王 小明,1234567890123456,2025-10-13\n\"Zhao, Min\",007,2025-10-13\n",
		"others": "name\n",
	} {
		r, err := spreadsheet.CSV(bytes.NewReader(book(t)), sheet)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, want, strings.ReplaceAll(string(got), "\n\n", "\n\"\"\n"))
	}
}

func TestWhatIsNoSpreadsheetIsRefused(t *testing.T) {
	_, err := spreadsheet.CSV(strings.NewReader("name,group\n"), "")
	require.Equal(t, "bad_spreadsheet", decidertest.Code(err))
	_, err = spreadsheet.CSV(bytes.NewReader(book(t)), "nothing")
	require.Equal(t, "unknown_sheet", decidertest.Code(err))
}
