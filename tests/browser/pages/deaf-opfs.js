// The OPFS store's Worker of a page that is frozen: it hears nobody who asks for its file.
import "./deaf.js"
import "/js/storage/weft-opfs.js"
