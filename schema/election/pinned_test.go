package election_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestVersionsDoNotChange: what was sent names a definition by its version and
// digest. Whoever changes one raises its version, keeps the earlier one as
// system/name@version.json, and adds a line here. Texts are not part of it.
func TestVersionsDoNotChange(t *testing.T) {
	got := map[string]string{}
	for _, d := range election.Registry().All() {
		got[d.Ref().ID+" "+d.Ref().Version] = d.Ref().Digest
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if pinned[name] != got[name] {
			t.Errorf("%q: %q, // want %q", name, got[name], pinned[name])
		}
	}
	for name := range pinned {
		if got[name] == "" {
			t.Errorf("%s is no longer there: what was sent with it cannot be opened", name)
		}
	}
}

// TestLaterVersionsHaveTheSameRules: with the same first number a later version
// has every rule of an earlier one, of the same kind, weight and days, and every
// purpose: so nothing that was found or allowed gets lost unseen.
func TestLaterVersionsHaveTheSameRules(t *testing.T) {
	compared := 0
	for d, later := range earlier() {
		rules := map[string]schema.Rule{}
		for _, r := range later.Rules() {
			r.Text = purpose.Text{}
			rules[r.ID] = r
		}
		for _, r := range d.Rules() {
			compared++
			r.Text = purpose.Text{}
			if rules[r.ID] != r {
				t.Errorf("%s %s: %s was %+v, is %+v in %s", d.Ref().ID, d.Ref().Version, r.ID, r, rules[r.ID], later.Ref().Version)
			}
		}
		for _, p := range d.Purposes() {
			if !slices.Contains(later.Purposes(), p) {
				t.Errorf("%s %s: %s is no purpose of %s", d.Ref().ID, d.Ref().Version, p, later.Ref().Version)
			}
		}
		if d.Classification() != later.Classification() {
			t.Errorf("%s %s: another classification in %s", d.Ref().ID, d.Ref().Version, later.Ref().Version)
		}
	}
	if compared < 100 {
		t.Errorf("only %d rules were compared", compared)
	}
}

var pinned = map[string]string{
	"ahu/badan-hukum 1.0.0":          "lFSnsTHJX8DXNHBbAh5aC2lJy9j_Iw5MN5Z48-IXYIM",
	"ahu/kepengurusan-pusat 1.0.0":   "xErkNL_S9jZUimgmHGMghJA6eae97gIH-wThirUfQXA",
	"ahu/permintaan-status 1.0.0":    "9Sj1eoLgm-iOTnvQNGQvLwDpv_NPCFwV2uWwZKME6rg",
	"ahu/perubahan-adart 1.0.0":      "4FA6xgtbIc36NRPKj8n3D259oXvwVtQG3RQbSEoirlo",
	"bawaslu/temuan 1.0.0":           "JBO_K6Kk6zK2tF9j4fJFG164DAjXv0sTBwQtgkjvdNY",
	"bssn/insiden 1.0.0":             "t1v9LQqQ59HiGTr5gAnWNKAwu6X5QVTEpWqv5samq6U",
	"dkpp/putusan 1.0.0":             "W8gmiXzRJjB_h8pPuVGSo0dicc9M1f-hoQ4eCS2OH30",
	"kominfo/informasi-publik 1.0.0": "aOISx9xvpOow2OBmaOEvrkhz0ySEHXlNeS_MVnsC2-I",
	"kominfo/jaringan-tps 1.0.0":     "snwHmttA72Kt4wu0qXCkHcCS1Lja7YUH-7ORoqKbMTg",
	"kominfo/jaringan-tps 1.1.0":     "Dp5hhyS1oKtxFqx53r3Omfk83AWO0zEctXyEawjo9UA",
	"kominfo/konten 1.0.0":           "rbtapb6_kdM7tnfcZy7-_qWXYpLObpPPaRYiD_J74qM",
	"lkpp/paket-pengadaan 1.0.0":     "ska8F-g4RfcKAbiF1fo8tRR-zQLT7zGhrVqTcN7hKJg",
	"referensi/register-tps 1.0.0":   "DU3ToGybyH0_JZ-NE8kduSv_X32l9OOdhDtWVeFQj48",
	"referensi/register-tps 1.1.0":   "8WuWs8MRWrCTohFyjV6g3pYUqMNUbpHOI3b0Ti3mfqE",
	"referensi/wilayah 1.0.0":        "NJLGk8sR086_SdoFA9lIMQCAkMB7MUgloLAi8Wcep6g",
	"sidapil/dapil 1.0.0":            "hi-6Wj88Q0AenRodtx0iCB9aXst1xGD36qC0PgqZFwE",
	"sidapil/dapil 1.1.0":            "4y66-FrVJx2505-MgeNf-NJVodYRBDIXuWkFLosXypY",
	"silon/calon 1.0.0":              "9Zp3eBE5ECzGMeLDdzMGoFYQaKUuH-JZh_E1DqNzIyQ",
	"silon/calon 1.1.0":              "IN3cypKMbRf-qx-l17asXMNiS8ytpDODgxdrUXVrH1o",
	"silon/calon 2.0.0":              "HnMEGUoEODa222EvDjXKAFvl_Z_2ZM7mQwBO2nZ_gm4",
	"silon/daftar 1.0.0":             "glrm3xWzgNXattXMALXIhmldISUdgJPiDnmrDvnSDxY",
	"silon/daftar 1.1.0":             "cfmkrnuazM37NCJibEpDTEuzf0fayYV_44MMA3GmLbI",
	"silon/daftar 2.0.0":             "9IUDTb1CdPZw2PTWjfeLUZ4UeWVbYTwGSFtxBoTtGzk",
	"sipol/kantor 1.0.0":             "_RnkFOJmNKjoPIh5zGap3wxC1NZIwHmJ6Sjg7Hg1dKI",
	"sipol/keanggotaan 1.0.0":        "jp0JmZCUFXW2JSNJPa0mAvUjEx_NZS6qVJQqF2efjxY",
	"sipol/kepengurusan 1.0.0":       "fZLTisDFXQzs-da_MMT-UXEnHkaSEnH3tbHdHJs9cCo",
	"sipol/profil-partai 1.0.0":      "DgcVPe3SOhggmyeHmuZxOCbHRc6uAoh94hn3w8yEgbc",
	"sirekap/dokumen-tps 1.0.0":      "1OWbBqEDMd7GbycZiVQgBZuiTr6WrMMsW-dzk671pcQ",
	"sirekap/dokumen-tps 1.1.0":      "1pXbZHl9TVJLlzt-o4QjlJbat8wghS9tix7kXRYhQQs",
	"sirekap/hasil-tps 1.0.0":        "G_IaPpLuZZmN304aE5RxqqJL_wuYmK5DQsnifYm_K80",
	"sirekap/hasil-tps 1.1.0":        "xq_hYfe6wTbgPN72fRCncGrMG1LXLNH4hbZP_mM_cB4",
	"sirekap/hasil-tps 1.2.0":        "YEhrgrWhzNAtDIoftZBVH1v69A-JmzX1pOH4NXKnfw8",
	"sirekap/lokasi-tps 1.0.0":       "Ywb4Aebyk06SbQn0M7NIr0QZxezdMZ18fy7EXoKeIZo",
	"sirekap/lokasi-tps 1.1.0":       "yi1zaijbR8bKJ_tKOyCH3um72i0jxfM6-feagNBdeN4",
	"sirekap/rekapitulasi 1.0.0":     "2ZRUpmucS1Makuni4ZdX4C7wwPdOZBvv5BxAhZBuQtk",
	"sirekap/rekapitulasi 1.1.0":     "aa0N059bMpXsx8uYUUuexCHCCJeqczuhf0woB0PcJrU",
	"sirekap/rekapitulasi 1.2.0":     "msx1_r84W2wNKdowlZf-NhHDFGAS8wkS_lzUHpVICZQ",
}
